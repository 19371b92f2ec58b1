"""What ansible-runner tells while it works, read into a log of hosts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from llamakeep.converge.log import Failure, HostLog

Event = dict[str, Any]
_LAST_ROLE = "receipt"
State = Literal["ok", "changed", "failed", "unreachable"]


@dataclass
class HostProgress:
    """How far one host is; changes as events come in."""

    host: str
    stage: str = "waiting"
    task: str = ""
    done: int = 0
    changes: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # by modules, for the operator to read
    failure: Failure | None = None
    unreachable: bool = False
    ended: bool = False  # whether the last role, the receipt, did its work
    receipt: str = ""  # sha256 of what it wrote

    @property
    def state(self) -> State:
        """Return the word that the log keeps."""
        if self.unreachable:
            return "unreachable"
        if self.failure is not None:
            return "failed"
        return "changed" if self.changes else "ok"

    def log(self) -> HostLog:
        """Return what happened, as a value."""
        return HostLog(
            host=self.host,
            state=self.state,
            changed=len(self.changes),
            changes=tuple(self.changes),
            said=tuple(self.said),
            failure=self.failure,
            receipt=self.receipt,
        )


def message(result: dict[str, Any]) -> str:
    """Return what a module said when it failed, without a traceback.

    >>> message({"msg": "gpu01: port 11434 is taken", "exception": "Traceback …"})
    'gpu01: port 11434 is taken'
    """
    said = str(result.get("msg") or result.get("stderr") or result.get("module_stderr") or "").strip()
    said = said.removeprefix("Task failed: ").removeprefix("Module failed: ")
    if "Traceback" in said:
        lines = [line for line in said.splitlines() if line.strip()]
        said = lines[-1] if lines else said
    items = [message(item) for item in result.get("results", []) if isinstance(item, dict) and item.get("failed")]
    return "\n".join([said, *items]).strip() if items else said or "failed without a word"


class Events:
    """Takes events in the order in which they happen; `on_change` is told which host moved."""

    def __init__(self, hosts: tuple[str, ...], on_change: Callable[[HostProgress], None]) -> None:
        """Expect these hosts; others that Ansible names (localhost) are left out."""
        self.hosts = {host: HostProgress(host) for host in hosts}
        self.said: list[str] = []  # what went wrong before any host was reached
        self._on_change = on_change

    def take(self, event: Event) -> bool:
        """Take one event of ansible-runner; the answer tells it not to keep the event on disk."""
        kind, data = event.get("event", ""), event.get("event_data", {})
        handler = getattr(self, f"_{kind}", None)
        host = self.hosts.get(data.get("host", ""))
        if handler is not None and host is not None:
            handler(host, data)
            self._on_change(host)
        elif kind in ("error", "verbose") and event.get("stdout"):
            self.said.append(event["stdout"])
        return False

    @staticmethod
    def _runner_on_start(host: HostProgress, data: Event) -> None:
        host.stage = data.get("role") or "playbook"
        host.task = data.get("task", "")

    @staticmethod
    def _runner_on_ok(host: HostProgress, data: Event) -> None:
        host.done += 1
        if data.get("role") == _LAST_ROLE:
            host.ended = True
            host.receipt = str(data.get("res", {}).get("sha256") or host.receipt)
        if data.get("res", {}).get("changed"):
            host.changes.append(data.get("task", ""))
        said = data.get("res", {}).get("said")  # a module of ours says it in a list; a task's own output is no such
        host.said += [str(line) for line in said] if isinstance(said, list) else []

    @staticmethod
    def _runner_on_failed(host: HostProgress, data: Event) -> None:
        if not data.get("ignore_errors"):
            host.failure = Failure(task=data.get("task", ""), message=message(data.get("res", {})))

    @staticmethod
    def _runner_on_unreachable(host: HostProgress, data: Event) -> None:
        host.unreachable = True
        host.failure = Failure(task=data.get("task", ""), message=message(data.get("res", {})))
