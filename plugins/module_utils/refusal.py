"""The one way in which the kit says no: a place, a finding, an expectation, a remedy."""

from __future__ import annotations

from collections.abc import Iterable


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault of the program
    """Something the operator must know before the kit can go on; printed as it stands.

    `id` is its code, "unknown-variable": it stays the same when the sentence is reworded.
    """

    def __init__(
        self,
        place: str,
        found: str,
        *,
        id: str = "",  # noqa: A002 - the word by which JSON, JUnit and docs know it
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

    def but(self, **changed: str) -> Refusal:
        """Return the same refusal, its code kept, with some of its parts in other words: `but(place="inv.yml:3")`."""
        return Refusal(**{**self.parts, **changed})

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
        self.args = (self._all,)

    @property
    def all(self) -> tuple[Refusal, ...]:
        """Each of them."""
        return self._all

    def __str__(self) -> str:
        return "\n".join(map(str, self._all))


def refuse(problems: Iterable[Refusal]) -> None:
    """Raise what there is to refuse, each once, in the order of the places; nothing where there is nothing."""
    unique = {str(one): one for problem in problems for one in problem.all}
    if unique:
        raise Refusals(sorted(unique.values(), key=_by_place))


def _by_place(problem: Refusal) -> tuple[str, int]:
    """Sort line 9 before line 10."""
    path, _colon, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdigit() else (problem.place, 0)
