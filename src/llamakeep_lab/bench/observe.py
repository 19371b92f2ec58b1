"""What `observe` costs: on lab hosts of one fleet, and on a thousand simulated ones."""

import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from llamakeep import inventory
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Host
from llamakeep.observe import script
from llamakeep.observe.asking import ask_of
from llamakeep.observe.looking import FACTS
from llamakeep_lab.bench import page
from llamakeep_lab.bench.converge import INVENTORY, LAB
from llamakeep_lab.bench.cost import KIT, Cost, bare_ssh, cost_of, median
from llamakeep_lab.simulated import raised

_AT_ONCE = 64  # ssh clients; each is a process


def measure(place: Path, hosts: Sequence[Host], runs: int) -> page.Rows:
    """Return the cost of each way to ask these hosts of an inventory, in turn."""
    names = ",".join(host.name for host in hosts)
    observe = [KIT, "observe", "-i", str(place), "--json"]
    limited = [*observe, "--limit", names] if len(hosts) <= 40 else observe  # 40: as many as one argument holds
    true = [bare_ssh(host.connection) for host in hosts]
    asking = [bare_ssh(host.connection, "/bin/sh") for host in hosts]
    bare, same, kit, looks = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "script"
        text.write_text(script.script(FACTS, ask_of(hosts[0])), encoding="utf-8")
        for _ in range(runs):
            bare.append(cost_of(*true, at_once=_AT_ONCE))
            same.append(cost_of(*asking, at_once=_AT_ONCE, stdin=text))
            kit.append(cost_of(limited, expect=(0, 1)))  # 1: a host is seen, and would be refused
            looks.append(_look(kit[-1], len(hosts)))
    look = statistics.median(looks)
    return [
        ("bare `ssh host true`", median(bare)),
        ("bare ssh, the same script", median(same)),
        (f"`observe` (of which the look {look:.2f})", median(kit)),
    ]


def _look(observed: Cost, hosts: int) -> float:
    """Return the seconds that the look itself took; refuse one that did not see everyone."""
    # A single command: its stderr is in the same stream, before the record.
    record = json.loads(observed.said[observed.said.index(b"{") :])
    unseen = [host["host"] for host in record["hosts"] if not host["reachable"]]
    if unseen or len(record["hosts"]) != hosts:
        raise Refusal(
            "observe", f"saw {len(record['hosts']) - len(unseen)} hosts", id="bench-incomplete", expected=str(hosts)
        )
    return float(record["seconds"])


def lab(counts: list[int], runs: int) -> dict[str, page.Rows]:
    """Return the rows for so many of the hosts of one lab."""
    cost_of([KIT, "lab", "up", "--name", LAB, "--llm", str(max(counts))])
    try:
        hosts = [host for host in inventory.load(INVENTORY).hosts if "ollama" in host.services]
        return {str(count): measure(INVENTORY, hosts[:count], runs) for count in counts}
    finally:
        cost_of([KIT, "lab", "down", "--name", LAB])


def simulated(count: int, runs: int) -> dict[str, page.Rows]:
    """Return the rows for so many hosts on loopback."""
    with tempfile.TemporaryDirectory() as folder, raised(Path(folder), count) as fleet:
        return {f"{count:,}": measure(fleet.inventory, inventory.load(fleet.inventory).hosts, runs)}


def bench(counts: list[int], many: int, runs: int) -> list[str]:
    """Return the part of the page."""
    said = page.conditions(runs, "pyinfra", "ansible-core", "asyncssh")
    lines = [said, "", *page.table(lab(counts, runs), held=True)]
    if many:
        lines += ["", "Simulated:", "", *page.table(simulated(many, runs), held=True)]
    return lines
