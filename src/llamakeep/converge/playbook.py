"""The only stage that changes a host: the playbook, run by ansible-runner on the hosts that need it."""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import ansible_runner
from rich.console import Console

from llamakeep import collection
from llamakeep.converge.events import Events
from llamakeep.converge.log import Failure, RunLog
from llamakeep.converge.settings import environment
from llamakeep.converge.view import View, view_for
from llamakeep.errors import Refusal

_TICK = 0.5  # seconds between two looks at the transfers


def run(inventory: str, hosts: tuple[str, ...], console: Console, playbook: str = "site.yml") -> RunLog:
    """Converge `hosts` and return what happened; a host that fails stops itself and no other.

    Raises Refusal where the playbook could not begin at all.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="llamakeep-") as folder:
        work = Path(folder)
        progress = work / "progress"
        progress.mkdir()
        views: list[View] = []
        events = Events(hosts, lambda host: views[0].step(host) if views else None)
        with view_for(console, events.hosts, progress) as view:
            views.append(view)
            code = _play(work, inventory, hosts, playbook, events, view)
    _refuse_what_never_began(inventory, code, events)
    _fail_what_never_ended(code, events)
    return RunLog(
        inventory=inventory,
        seconds=round(time.monotonic() - started, 2),
        hosts=tuple(host.log() for host in events.hosts.values()),
    )


def _play(work: Path, inventory: str, hosts: tuple[str, ...], playbook: str, events: Events, view: View) -> int:
    """Run ansible-playbook in a folder that goes away with everything it holds; return its exit code."""
    limit = work / "hosts"
    limit.write_text("\n".join(hosts) + "\n", encoding="utf-8")
    # ansible-playbook is the one of our own environment, whatever stands first in PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    thread, runner = ansible_runner.run_async(
        private_data_dir=str(work),
        project_dir=str(collection.root() / "playbooks"),
        playbook=str(collection.root() / "playbooks" / playbook),
        inventory=str(Path(inventory).resolve()),
        cmdline=f"--limit @{limit}",
        envvars={**environment(work / "progress"), "PATH": path},
        event_handler=events.take,
        quiet=True,
        settings={"idle_timeout": 0, "suppress_env_files": True},
    )
    _watch(thread, runner, view)
    return int(runner.rc if runner.rc is not None else 1)


def _watch(thread: threading.Thread, runner: Any, view: View) -> None:
    """Show what is under way until the playbook ends; a stop by hand ends the playbook first."""
    try:
        while thread.is_alive():
            view.tick()
            thread.join(_TICK)
    except KeyboardInterrupt:
        runner.cancel_callback = lambda: True
        thread.join(30)
        raise


def _refuse_what_never_began(inventory: str, code: int, events: Events) -> None:
    """Refuse a run in which no task reached any host and Ansible says that it failed."""
    began = any(host.task or host.failure for host in events.hosts.values())
    if code != 0 and not began:
        said = "\n".join(line for line in events.said if line.strip()).strip()
        raise Refusal(
            inventory,
            f"Ansible could not begin (exit code {code})\n{said}".strip(),
            remedy="llamakeep show -i … says whether the inventory is right",
        )


def _fail_what_never_ended(code: int, events: Events) -> None:
    """Enter a failure for each host short of the end where Ansible failed and no host says why."""
    if code == 0 or any(host.failure for host in events.hosts.values()):
        return
    last = next((line.strip() for line in reversed(events.said) if line.strip()), "")
    message = f"Ansible ended with exit code {code} before it was done\n{last}".strip()
    for host in events.hosts.values():
        if not host.ended:
            host.failure = Failure(task=host.task, message=message)
