"""The one way in which the kit says no: a place, a finding, an expectation, a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault of the program
    """Something the operator must know before the kit can go on; printed as it stands.

    `id` is its code, "unknown-variable": it stays the same when the sentence is reworded.
    """

    def __init__(
        self,
        place: str,
        found: str,
        *,
        id: str,  # noqa: A002 - the word by which JSON, JUnit and docs know it
        expected: str = "",
        remedy: str = "",
    ) -> None:
        """Take the place (file and line, variable, or host), what was found there, and what to do."""
        super().__init__(place, found)
        self.id = id
        self.place = place
        self.found = found
        self.expected = expected
        self.remedy = remedy

    def __reduce__(self) -> Any:
        """Go to another process and come back: its code is no positional argument, as pickle would have it."""
        return _again, (type(self), self.parts)

    @property
    def all(self) -> tuple[Refusal, ...]:
        """All that is refused: of one, itself."""
        return (self,)

    @property
    def parts(self) -> dict[str, str]:
        """What it is made from, as it travels to another process.

        >>> Refusal("gateway_rate", "0 is out of bounds", id="number-out-of-bounds", expected="1 to 50").parts
        {'id': 'number-out-of-bounds', 'place': 'gateway_rate', 'found': '0 is out of bounds', 'expected': …, …}
        """
        named = ("id", "place", "found", "expected", "remedy")
        return {name: str(getattr(self, name)) for name in named}

    @property
    def failure(self) -> dict[str, Any]:
        """What a module or an action fails with: the text, and what it is made from.

        >>> module.fail_json(**refusal.failure)
        {"msg": "gateway_rate: 0 is out of bounds …", "refusals": [{"id": "number-out-of-bounds", …}]}
        """
        return {"msg": str(self), "refusals": [one.parts for one in self.all]}

    def but(self, **changed: str) -> Refusal:
        """Return the same refusal, its code kept, with some of its parts in other words: `but(place="inv.yml:3")`."""
        return Refusal(**{**self.parts, **changed})

    @property
    def coded(self) -> str:
        """The text with the code at the end of each first line, where it is in nobody's way: "inv.yml:3: …  [id]"."""
        return "\n".join(one._with_code() for one in self.all)

    def _with_code(self) -> str:
        first, *rest = str(self).split("\n")
        return "\n".join([f"{first}  [{self.id}]", *rest])

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.found}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  → {self.remedy}")
        return "\n".join(lines)


class Refusals(Refusal):
    """Several at once: the operator is told all that is wrong, not the first of it."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        """Take at least one refusal."""
        self._all = tuple(refusals)
        first = self._all[0]
        super().__init__(first.place, first.found, id=first.id, expected=first.expected, remedy=first.remedy)

    def __reduce__(self) -> Any:
        return Refusals, (self._all,)

    @property
    def all(self) -> tuple[Refusal, ...]:
        """Each of them."""
        return self._all

    def __str__(self) -> str:
        return "\n".join(map(str, self._all))


def _again(kind: type[Refusal], parts: dict[str, str]) -> Refusal:
    return kind(**parts)


def refuse(problems: Iterable[Refusal]) -> None:
    """Raise what there is to refuse, each once, in the order of the places; nothing where there is nothing."""
    unique = {str(one): one for problem in problems for one in problem.all}
    if unique:
        raise Refusals(sorted(unique.values(), key=_by_place))


def _by_place(problem: Refusal) -> tuple[str, int]:
    """Sort line 9 before line 10."""
    path, _colon, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdigit() else (problem.place, 0)
