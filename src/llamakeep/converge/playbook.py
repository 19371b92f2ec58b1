"""The only stage that changes a host: the playbook, run by ansible-runner on the hosts that need it."""

import tempfile
import time
from pathlib import Path

from rich.console import Console

from llamakeep.converge.events import Events
from llamakeep.converge.log import RunLog
from llamakeep.converge.player import LeftOut, Play
from llamakeep.converge.view import View, view_for


def run(
    inventory: str,
    hosts: tuple[str, ...],
    console: Console,
    *,
    playbook: str = "site.yml",
    left_out: LeftOut | None = None,
    ttys: tuple[str, ...] = (),
) -> RunLog:
    """Converge `hosts` and return what happened; a host that fails stops itself and no other.

    `left_out` names the models that a host is not given, `ttys` the hosts that insist on a terminal. Raises Refusal
    where the playbook could not begin at all.
    """
    started = time.monotonic()
    play = Play(inventory, hosts, playbook, left_out=left_out, ttys=ttys)
    with tempfile.TemporaryDirectory(prefix="llamakeep-") as folder:
        work = Path(folder)
        views: list[View] = []
        events = Events(hosts, lambda host: views[0].step(host) if views else None)
        with view_for(console, events.hosts, work / "progress") as view:
            views.append(view)
            play.perform(work, events, view.tick)
    return RunLog(
        inventory=inventory,
        seconds=round(time.monotonic() - started, 2),
        hosts=tuple(host.log() for host in events.hosts.values()),
    )
