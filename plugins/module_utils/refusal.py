"""How a module says no: a place, a finding, an expectation, a remedy."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault of the program
    """Something the operator must know before the module can go on; its text is the module's `msg`."""

    def __init__(self, place: str, found: str, expected: str = "", remedy: str = "", *, id: str = "") -> None:  # noqa: A002
        super().__init__(place, found, expected, remedy)
        self.id = id
        self.place = place
        self.found = found
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.found}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  → {self.remedy}")
        return "\n".join(lines)


class Refusals(Refusal):
    """Several at once: the operator is told all that is wrong, not the first of it."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(refusals[0].place, refusals[0].found)
        self.refusals = refusals

    def __str__(self) -> str:
        return "\n".join(str(refusal) for refusal in self.refusals)
