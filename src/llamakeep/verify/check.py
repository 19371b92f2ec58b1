"""The verdict on one claim about one host."""

from llamakeep.record import Record


class Check(Record):
    """One claim, checked."""

    host: str
    id: str  # of the claim, which names the failure: "door-open-to-untrusted"
    subject: str  # its column in the table: "sealed", "models", the name of a service
    about: str = ""  # the model or the prober of which the claim speaks, where it is about one
    claim: str  # "no local user reaches the engine but through a door"
    holds: bool
    checked: bool = True  # False: there was no evidence; such a claim does not hold
    found: str = ""  # what was found instead, where it does not hold
    remedy: str = ""
    seconds: float = 0.0


class Verdict(Record):
    """Every claim on every host."""

    inventory: str
    seconds: float
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()  # what the operator must know to read the verdict

    @property
    def holds(self) -> bool:
        """Whether everything is as claimed; an empty verdict proves nothing and does not hold."""
        return bool(self.checks) and all(check.holds for check in self.checks)
