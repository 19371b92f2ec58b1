"""The one way in which the kit says no: a place, a finding, an expectation, a remedy."""


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault of the program
    """Something the operator must know before the kit can go on; printed as it stands, exit code 2."""

    def __init__(self, place: str, found: str, *, expected: str = "", remedy: str = "", id: str = "") -> None:  # noqa: A002
        """Take the place (file and line, variable, or host), what was found there, what to do, and its code."""
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
