"""`make bench`: what a converge costs, next to a bare ssh to the same hosts in the same run.

Writes the table of docs/benchmarks.md. The hosts and the control node share this machine's processors, so
quote ratios, not seconds.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from llamakeep import inventory
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Connection, Fleet

LAB = "bench"
INVENTORY = Path(f"inventories/lab-{LAB}")
PAGE = Path("docs/benchmarks.md")
BEGIN, END = "<!-- converge -->", "<!-- /converge -->"
KIT = str(Path(sys.executable).parent / "llamakeep")


@dataclass(frozen=True)
class Cost:
    """What one command took: wall seconds, and CPU seconds of it and its children on the control node."""

    wall: float
    cpu: float


def cost_of(*commands: list[str], expect: tuple[int, ...] = (0,)) -> Cost:
    """Run commands at once, wait for all, and return what they cost together."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    running = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for command in commands
    ]
    said = [process.communicate(timeout=1800)[0] for process in running]
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    for command, process, output in zip(commands, running, said, strict=True):
        if process.returncode not in expect:
            tail = output.decode(errors="replace")[-2000:]
            raise Refusal(" ".join(command), f"ended with exit code {process.returncode}\n{tail}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def median(costs: list[Cost]) -> Cost:
    """Return the medians of several runs."""
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))


def bare_ssh(connection: Connection) -> list[str]:
    """Return `ssh host true` on a cold connection, with the same options as the kit's own."""
    key = ["-i", connection.private_key] if connection.private_key else []
    cold = ["-o", "ControlPath=none", "-o", "KexAlgorithms=^curve25519-sha256"]
    target = f"{connection.user or 'root'}@{connection.address}"
    return [
        "ssh",
        "-o",
        "BatchMode=yes",
        *cold,
        "-p",
        str(connection.port),
        *key,
        *connection.ssh_options,
        target,
        "true",
    ]


def measure(hosts: int, runs: int) -> list[tuple[str, Cost]]:
    """Return the cost of each way on a fresh fleet of so many llm hosts."""
    cost_of([KIT, "lab", "up", "--name", LAB, "--llm", str(hosts)])
    try:
        fleet: Fleet = inventory.load(INVENTORY)
        all_at_once = [bare_ssh(host.connection) for host in fleet.hosts if host.is_llm]
        up = [KIT, "up", "-i", str(INVENTORY)]
        first = cost_of(up)
        ssh, again = [], []
        for _ in range(runs):
            ssh.append(cost_of(*all_at_once))
            again.append(cost_of(up))
        return [("bare ssh", median(ssh)), ("first up", first), ("no-op up", median(again))]
    finally:
        cost_of([KIT, "lab", "down", "--name", LAB])


def table(rows: dict[int, list[tuple[str, Cost]]], runs: int) -> str:
    """Return the Markdown table with ratios to the bare ssh of the same run."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores in all; medians of {runs} runs.",
        "",
        "| hosts | way | wall s | control-node CPU s | wall, ratio to bare ssh | CPU, ratio |",
        "|---|---|---|---|---|---|",
    ]
    for hosts, costs in rows.items():
        bare = costs[0][1]
        for way, cost in costs:
            ratios = f"{cost.wall / bare.wall:.1f} | {cost.cpu / bare.cpu:.1f}"
            lines.append(f"| {hosts} | {way} | {cost.wall:.2f} | {cost.cpu:.2f} | {ratios} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 5, 10])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    try:
        measured = table({count: measure(count, options.runs) for count in options.hosts}, options.runs)
    except Refusal as refusal:
        print(f"bench: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{measured}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(measured)  # noqa: T201 - what was asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
