"""What converge did, as a value."""

from typing import Literal

from llamakeep.record import Record


class Failure(Record):
    """Where and why a host stopped."""

    task: str
    message: str


class HostLog(Record):
    """One host in one run of the playbook."""

    host: str
    state: Literal["ok", "changed", "failed", "unreachable"]
    changed: int = 0  # tasks
    changes: tuple[str, ...] = ()  # names of the tasks that changed something
    said: tuple[str, ...] = ()  # what the operator should read though nothing failed: roles put right, a stale secret
    failure: Failure | None = None
    receipt: str = ""  # sha256 of the receipt that it left; "": it did not come that far


class RunLog(Record):
    """One run of the playbook over the hosts that the plan names."""

    inventory: str
    seconds: float
    hosts: tuple[HostLog, ...]
