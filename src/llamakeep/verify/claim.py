"""A claim: a sentence about a host that a test can show to be wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

_Test = TypeVar("_Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Claim:
    """The sentence, and what to do when it does not hold."""

    id: str  # names the failure and never changes: "door-open-to-untrusted"
    sentence: str  # may name a parameter of the test: "{model} is served with the locked digest"
    remedy: str = ""  # empty: converge the host
    journal: bool = False  # whether the service's last lines help to understand a failure

    def about(self, parameters: dict[str, Any]) -> str:
        """Return the sentence with the names of what it speaks of."""
        return self.sentence.format_map({name: getattr(value, "name", value) for name, value in parameters.items()})


def claim(id_: str, sentence: str, *, remedy: str = "", journal: bool = False) -> Callable[[_Test], _Test]:
    """Say what a test claims, and by which id its failure is known."""

    def mark(test: _Test) -> _Test:
        test.claim = Claim(id_, sentence, remedy, journal)  # type: ignore[attr-defined]
        return test

    return mark
