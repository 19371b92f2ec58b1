"""What Ansible's check mode foresees, as a value; secrets are struck out before anything is entered here."""

from typing import Literal

from llamakeep.converge.log import Failure
from llamakeep.record import Record


class Diff(Record):
    """One thing that a task would change: a file, a folder, a unit; or a task that changes and shows nothing."""

    task: str  # "configure | Apply what the role manages"
    path: str = ""  # "/etc/systemd/system/ollama.service", "ollama.service", "user ollama"; empty: told by `text` alone
    text: str = ""  # a unified diff as Ansible shows it, or Ansible's own lines; empty: nothing is shown of it


class CheckedHost(Record):
    """One host in Ansible's check mode."""

    host: str
    state: Literal["ok", "changed", "failed", "unreachable"]
    diffs: tuple[Diff, ...] = ()
    failure: Failure | None = None  # what stopped the check; the diffs end there


class Checked(Record):
    """What Ansible would change on the hosts that the plan would change."""

    inventory: str
    seconds: float = 0
    hosts: tuple[CheckedHost, ...] = ()  # none: there was nothing to ask, and Ansible was not started
    blocked: tuple[str, ...] = ()  # hosts that were not asked: the plan's findings stand in their way
