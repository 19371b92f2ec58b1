"""Every host of a fleet, looked at in one round trip each."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.releases import newest_known
from llamakeep.observe import script
from llamakeep.observe.asking import ask_of
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.accelerator import AcceleratorFact
from llamakeep.observe.facts.apple import AppleFact
from llamakeep.observe.facts.clock import ClockFact
from llamakeep.observe.facts.lab import LabFact
from llamakeep.observe.facts.listeners import ListenersFact
from llamakeep.observe.facts.network import NetworkFact
from llamakeep.observe.facts.receipt import ReceiptFact
from llamakeep.observe.facts.services import ServicesFact
from llamakeep.observe.facts.space import SpaceFact
from llamakeep.observe.facts.system import SystemFact
from llamakeep.observe.host import facts_of
from llamakeep.observe.seen import Observation
from llamakeep.observe.ssh import host_data
from llamakeep.observe.stage import stages

_MACHINE: tuple[Fact[Any], ...] = (
    SystemFact(),
    SpaceFact(),
    NetworkFact(),
    ListenersFact(),
    LabFact(),
    AcceleratorFact(),
    AppleFact(),
    ServicesFact(),
)
_LAST: tuple[Fact[Any], ...] = (
    ReceiptFact(),
    ClockFact(),  # the last one: the time that it tells is held against that of the answer's arrival
)
FACTS: tuple[Fact[Any], ...] = (*_MACHINE, *(fact for stage in stages().values() for fact in stage.facts), *_LAST)

CONNECT = 10  # seconds until a host counts as unreachable
_SPARE = 30  # seconds beside the limits of the facts, for a host that is slow all over


def look(fleet: Fleet) -> Observation:
    """Return what every host of the fleet is now; those that cannot be reached say why."""
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="llamakeep-"))
    try:
        scripts: dict[str, int] = {}  # text -> number; most hosts are asked the same
        requests = {host.name: _request(host, folder / str(n), scripts) for n, host in enumerate(fleet.hosts)}
        said = _ask(requests, list(scripts))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    hosts = tuple(facts_of(host.name, said[host.name], FACTS) for host in fleet.hosts)
    seconds = round(time.monotonic() - started, 2)
    return Observation(inventory=fleet.inventory, seconds=seconds, hosts=hosts, newest_ollama=newest_known())


def _request(host: Host, config: Path, scripts: dict[str, int]) -> dict[str, Any]:
    """Return what the worker needs to ask one host."""
    connection = host.connection
    data: dict[str, Any] = {}
    if connection.kind == "ssh":
        data = host_data(connection, config)
        if connection.password is not None:
            data["ssh_password"] = connection.password.get_secret_value()
    secret = connection.become_password or connection.password
    words = secret.get_secret_value() if secret is not None else ""
    return {
        "kind": connection.kind,
        "data": data,
        "command": script.command(become=connection.become),
        "stdin": f"{words}\n",
        "script": scripts.setdefault(script.script(FACTS, ask_of(host)), len(scripts)),
        "limit": sum(fact.limit for fact in FACTS) + _SPARE,
    }


def _ask(hosts: dict[str, dict[str, Any]], scripts: list[str]) -> dict[str, Any]:
    """Have the worker ask all hosts; passwords go to it by its stdin."""
    unasked = {name for name, host in hosts.items() if host["kind"] == "docker"}
    asked = {name: hosts[name] for name in hosts if name not in unasked}
    request = {"hosts": asked, "connect": CONNECT, "scripts": scripts}
    answer: dict[str, Any] = {
        name: {"text": None, "error": "observe looks by ssh or local, not by docker", "seconds": 0} for name in unasked
    }
    if not asked:
        return answer
    worker = subprocess.run(
        [sys.executable, "-P", "-m", "llamakeep.observe.worker"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if worker.returncode != 0 or not worker.stdout:
        last = (worker.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Refusal("observe", f"the hosts could not be looked at: {last}", id="observe-failed")
    answer |= json.loads(worker.stdout)
    return answer
