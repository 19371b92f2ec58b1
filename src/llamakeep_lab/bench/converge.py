"""What `up` costs on fresh fleets of lab hosts."""

from pathlib import Path

from llamakeep import inventory
from llamakeep.inventory.fleet import Fleet
from llamakeep_lab.bench import page
from llamakeep_lab.bench.cost import KIT, bare_ssh, cost_of, median

LAB = "bench"
INVENTORY = Path(f"inventories/lab-{LAB}")


def measure(hosts: int, runs: int) -> page.Rows:
    """Return the cost of each way on a fresh fleet of so many llm hosts."""
    cost_of([KIT, "lab", "up", "--name", LAB, "--llm", str(hosts)])
    try:
        fleet: Fleet = inventory.load(INVENTORY)
        all_at_once = [bare_ssh(host.connection) for host in fleet.hosts if "ollama" in host.services]
        up = [KIT, "up", "-i", str(INVENTORY)]
        first = cost_of(up)
        ssh, again = [], []
        for _ in range(runs):
            ssh.append(cost_of(*all_at_once))
            again.append(cost_of(up))
        return [("bare ssh", median(ssh)), ("first up", first), ("no-op up", median(again))]
    finally:
        cost_of([KIT, "lab", "down", "--name", LAB])


def bench(counts: list[int], runs: int) -> list[str]:
    """Return the part of the page."""
    rows = {str(count): measure(count, runs) for count in counts}
    return [page.conditions(runs), "", *page.table(rows)]
