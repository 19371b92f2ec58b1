"""What one knocker found at one host."""

from collections.abc import Sequence
from dataclasses import dataclass

from llamakeep.verify.evidence import Knock, Unjudged


@dataclass(frozen=True, repr=False)
class JudgedVisit:
    """The knocks of one visitor, or why there are none."""

    knocker: str
    knocks: tuple[Knock, ...]
    lost: str = ""

    @property
    def name(self) -> str:
        """Return the visitor as a claim names it."""
        return self.knocker

    def __repr__(self) -> str:
        return self.knocker

    def refuse_to_judge_unless(self, tried: Sequence[Knock], why: str) -> None:
        """Say that nothing can be said where nothing was tried."""
        if not tried:
            raise Unjudged(f"{self.knocker}: {self.lost or why}")
