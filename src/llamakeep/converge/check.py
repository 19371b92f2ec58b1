"""The same playbook in Ansible's check mode, on the hosts that the plan would change: nothing is changed."""

import difflib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, override

from llamakeep.converge.checked import Checked, CheckedHost, Diff
from llamakeep.converge.events import Event, Events, HostProgress
from llamakeep.converge.log import Failure
from llamakeep.converge.player import LeftOut, Play
from llamakeep.converge.redaction import Redaction

_HIDDEN = "not shown: the task has no_log"
_CONTEXT = 3  # lines around a change, as Ansible shows them


def check(
    inventory: str,
    hosts: tuple[str, ...],
    redaction: Redaction,
    *,
    on_step: Callable[[HostProgress], None] = lambda _: None,
    left_out: LeftOut | None = None,
    ttys: tuple[str, ...] = (),
    playbook: str = "site.yml",
) -> Checked:
    """Return what Ansible would change on `hosts`; without hosts it is not started.

    `on_step` is told which host moved. Raises Refusal where the playbook could not begin at all.
    """
    if not hosts:
        return Checked(inventory=inventory)
    started = time.monotonic()
    events = Differences(hosts, on_step)
    with tempfile.TemporaryDirectory(prefix="llamakeep-") as folder:
        play = Play(inventory, hosts, playbook, is_check=True, left_out=left_out, ttys=ttys)
        play.perform(Path(folder), events, lambda: None)
    return Checked(
        inventory=inventory,
        seconds=round(time.monotonic() - started, 2),
        hosts=tuple(_host(host, events.diffs[host.host], redaction) for host in events.hosts.values()),
    )


class Differences(Events):
    """Events that also keep what each task would change."""

    def __init__(self, hosts: tuple[str, ...], on_change: Callable[[HostProgress], None]) -> None:
        """Expect these hosts."""
        super().__init__(hosts, on_change)
        self.diffs: dict[str, list[Diff]] = {host: [] for host in hosts}

    @override
    def take(self, event: Event) -> bool:
        """Take one event; of a loop each item is told, and then the task as a whole, which is no news."""
        data = event.get("event_data", {})
        found = self.diffs.get(data.get("host", ""))
        if found is not None and event.get("event") in ("runner_on_ok", "runner_item_on_ok"):
            task, result = data.get("task", ""), data.get("res", {})
            if "censored" in result:
                # Ansible withholds the result as a whole; only what it printed says that there is a change.
                if event.get("stdout", "").lstrip().startswith("changed:"):
                    found.append(Diff(task=task, text=_HIDDEN))
            elif result.get("changed") and not ("results" in result and _is_said(found, task)):
                found += diffs_of(task, result) or [Diff(task=task, text=_said(result))]
        return super().take(event)


def _is_said(found: list[Diff], task: str) -> bool:
    return bool(found) and found[-1].task == task


def diffs_of(task: str, result: dict[str, Any]) -> list[Diff]:
    """Return what a module says that it would change.

    >>> diffs_of("configure | Apply", {"diff": {"before_header": "/etc/x", "before": "a", "after": "b"}})[0].path
    '/etc/x'
    """
    given = result.get("diff") or []
    return [found for one in (given if isinstance(given, list) else [given]) for found in _diffs(task, one)]


def _diffs(task: str, given: dict[str, Any]) -> Iterator[Diff]:
    headers = [str(given.get(f"{side}_header") or "") for side in ("after", "before")]
    path = next((one for one in headers if one not in ("", "/dev/null")), "").removesuffix(" (on the host)")
    for sign in ("dst", "src"):
        if f"{sign}_binary" in given:
            yield Diff(task=task, path=path, text="not shown: it is no text")
        if f"{sign}_larger" in given:
            yield Diff(task=task, path=path, text=f"not shown: it is larger than {given[f'{sign}_larger']} bytes")
    if "before" in given and "after" in given and (text := _unified(given)):
        yield Diff(task=task, path=path, text=text)
    if prepared := str(given.get("prepared") or "").rstrip("\n"):
        yield Diff(task=task, path=path, text=prepared)


def _unified(given: dict[str, Any]) -> str:
    """Return before and after as Ansible shows them: a unified diff."""
    was, will_be = (
        f"{side}: {given[f'{side}_header']}" if given.get(f"{side}_header") else side for side in ("before", "after")
    )
    lines = difflib.unified_diff(_lines(given["before"]), _lines(given["after"]), was, will_be, n=_CONTEXT)
    return "".join(lines).removesuffix("\n")


def _lines(side: Any) -> list[str]:
    r"""Return one side line by line; a mapping is one line. Only \n ends a line: others are part of the file.

    >>> _lines({"state": "folder", "mode": "0755"}), _lines("a\nb")
    (['state: folder, mode: 0755\n'], ['a\n', 'b\n\\ No newline at end of file\n'])
    """
    if not side or side == {"state": "absent"}:
        return []
    if isinstance(side, dict):
        return [", ".join(f"{key}: {_plain(value)}" for key, value in side.items()) + "\n"]
    *lines, last = str(side).split("\n")
    return [f"{line}\n" for line in lines] + ([f"{last}\n\\ No newline at end of file\n"] if last else [])


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _said(result: dict[str, Any]) -> str:
    """Return what a task says that would change something and shows no diff."""
    said = result.get("msg")
    return said if isinstance(said, str) else ""


def _host(host: HostProgress, diffs: list[Diff], redaction: Redaction) -> CheckedHost:
    """Return one host as a value, its secrets struck out."""
    failure = host.failure
    return CheckedHost(
        host=host.host,
        state=host.state if diffs == [] or host.state != "ok" else "changed",
        diffs=tuple(Diff(task=one.task, path=redaction.hide(one.path), text=redaction.hide(one.text)) for one in diffs),
        failure=Failure(task=failure.task, message=redaction.hide(failure.message)) if failure is not None else None,
    )
