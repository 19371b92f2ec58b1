"""What one prober found at one door of one host."""

from collections.abc import Sequence
from dataclasses import dataclass

from llamakeep.inventory.door import Door
from llamakeep.verify.evidence import NotChecked, Tried


@dataclass(frozen=True, repr=False)
class Probed:
    """The connections that one prober tried, or why there are none."""

    prober: str
    tried: tuple[Tried, ...]
    lost: str = ""

    @property
    def name(self) -> str:
        """Return the prober as a claim names it."""
        return self.prober

    def __repr__(self) -> str:
        return self.prober

    def expect_shut(self, door: Door) -> None:
        """Fail where a door lets in somebody who is not allowed."""
        tried = self._counting("none of its addresses could be tried")
        inside = [each for each in tried if each.outcome == "answers"]
        groups = " and ".join(door.groups)
        if inside:
            raise AssertionError(
                f"{' and '.join(each.place for each in inside)} answers to {self}; "
                f"expected: {f'{groups} only' if groups else 'nobody outside the host gets in'}"
            )

    def expect_open(self, speaks: str, called: str, expected: str) -> None:
        """Fail where a door does not let in somebody who is allowed; `called` is the name of who should answer."""
        tried = self._counting("none of its doors could be tried")
        closed = [each for each in tried if each.speaks != speaks]
        if closed:
            raise AssertionError(f"{closed[0].place}: {closed[0].in_words(called)} for {self}; expected: {expected}")

    def _counting(self, why: str) -> Sequence[Tried]:
        """Return what was tried with a route; where nothing was, nothing can be said."""
        tried = [each for each in self.tried if each.outcome != "no route"]
        if not tried:
            raise NotChecked(f"{self.prober}: {self.lost or why}")
        return tried
