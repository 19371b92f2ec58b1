"""The difference between what we want and what is, as a value."""

from typing import Literal

from llamakeep.plan.fit.result import HostFit
from llamakeep.record import Record


class Finding(Record):
    """Something the operator must know about one host before it is touched."""

    id: str  # its code, "port-taken": it stays the same when the sentence is reworded
    severity: Literal["blocking", "warning"]
    found: str
    expected: str = ""
    remedy: str = ""


class Change(Record):
    """One thing that converge would change on one host."""

    sign: Literal["+", "~", "-"] = "~"  # comes, changes, goes
    what: str  # "ollama 0.32.9 → 0.34.4"
    why: str  # variable and file, or the drift
    size: int = 0  # bytes to download
    source: str = ""  # from where
    restarts: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()  # what takes its new settings without cutting anybody off


class HostPlan(Record):
    """What would happen on one host."""

    host: str
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    fit: HostFit | None = None  # None: the host could not be looked at
    left_out: tuple[str, ...] = ()  # models that do not fit and are skipped, by the inventory's own choice
    patient: tuple[str, ...] = ()  # units whose doors hold the connections while they restart
    needs_tty: bool = False  # whether whom we become there insists on a terminal

    @property
    def state(self) -> Literal["as wanted", "to change", "blocked"]:
        """Return the one word that the summary counts."""
        if any(finding.severity == "blocking" for finding in self.findings):
            return "blocked"
        return "to change" if self.changes else "as wanted"


class Plan(Record):
    """What would happen on the fleet, and why."""

    inventory: str
    hosts: tuple[HostPlan, ...]  # those that a role of ours manages
    unmanaged: tuple[str, ...] = ()  # hosts in no group that a role of ours manages
    seconds: float = 0.0  # how long the look at the fleet took
    notes: tuple[str, ...] = ()  # of the fleet as a whole: the day on which something of it ends
    elsewhere: dict[str, tuple[str, ...]] = {}  # host beyond these -> models that it goes without

    @property
    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Return which models which hosts go without."""
        every = {host.host: host.left_out for host in self.hosts} | self.elsewhere
        return {name: models for name, models in every.items() if models}

    @property
    def ttys(self) -> tuple[str, ...]:
        """Return the hosts on which whom we become insists on a terminal."""
        return tuple(host.host for host in self.hosts if host.needs_tty)
