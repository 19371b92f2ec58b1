"""Every host of a fleet, looked at in one round trip each."""

import json
import time
from contextlib import suppress
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet
from llamakeep.lock.releases import newest_known
from llamakeep.observe import ahead, script
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
from llamakeep.observe.seen import HostFacts, Observation
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

_SPARE = 30  # seconds beside the limits of the facts, for a host that is slow all over


def look(fleet: Fleet) -> Observation:
    """Return what every host of the fleet is now; those that cannot be reached say why."""
    started = time.monotonic()
    scripts: dict[str, int] = {}  # text -> number; most hosts are asked the same
    asked = {
        host.name: {
            "connection": host.connection.revealed(),
            "script": scripts.setdefault(script.script(FACTS, ask_of(host)), len(scripts)),
        }
        for host in fleet.hosts
    }
    limit = sum(fact.limit for fact in FACTS) + _SPARE
    said = _ask({"hosts": asked, "scripts": list(scripts), "limit": limit}) if asked else {}
    seconds = round(time.monotonic() - started, 2)
    hosts = tuple(said[host.name] for host in fleet.hosts)
    return Observation(inventory=fleet.inventory, seconds=seconds, hosts=hosts, newest_ollama=newest_known())


def _ask(request: dict[str, Any]) -> dict[str, HostFacts]:
    """Have the worker ask all hosts, and read each answer as it comes; passwords go to it by its stdin."""
    found: dict[str, HostFacts] = {}
    process, said = ahead.taken()
    with said as complaint:
        with process as worker:
            if worker.stdin is not None and worker.stdout is not None:
                with suppress(BrokenPipeError), worker.stdin:
                    json.dump(request, worker.stdin)
                try:
                    for line in worker.stdout:
                        (name, answer) = json.loads(line)
                        found[name] = facts_of(name, answer, FACTS)
                except BaseException:
                    worker.terminate()
                    raise
        if worker.returncode != 0 or found.keys() != request["hosts"].keys():
            complaint.seek(0)
            words = complaint.read().decode(errors="replace").strip().splitlines()
            last = (words or ["it said nothing"])[-1]
            raise Refusal("observe", f"the hosts could not be looked at: {last}", id="observe-failed")
    return found
