"""What commands cost, as whole processes measured from outside."""

import resource
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from llamakeep.errors import Refusal
from llamakeep.hosts.connection import Connection
from llamakeep_lab.bench.peak import NOTHING, Held, Watch

KIT = str(Path(sys.executable).parent / "llamakeep")
_LIMIT = 1800  # seconds


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds on the wall, and CPU seconds of it and its children on the control node."""

    wall: float
    cpu: float
    held: Held = NOTHING
    said: bytes = b""


def cost_of(
    *commands: list[str], expect: tuple[int, ...] = (0,), at_once: int | None = None, stdin: Path | None = None
) -> Cost:
    """Run commands, all of them at once or so many, and return what they cost together.

    Of a single command it is also watched what it holds.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()

    def run(command: list[str]) -> tuple[bytes, Held]:
        with (stdin or Path("/dev/null")).open("rb") as source:
            process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            with Watch(process.pid) if len(commands) == 1 else nullcontext() as watch:
                output, _ = process.communicate(timeout=_LIMIT)
        if process.returncode not in expect:
            tail = output.decode(errors="replace")[-2000:]
            raise Refusal(" ".join(command), f"ended with exit code {process.returncode}\n{tail}", id="command-failed")
        return output, watch.peak if watch is not None else NOTHING

    with ThreadPoolExecutor(at_once or len(commands)) as pool:
        done = list(pool.map(run, commands))
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, done[0][1], done[0][0])


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of several runs, and the most that any of them held."""
    held = NOTHING
    for cost in costs:
        held = held.most(cost.held)
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs), held)


def bare_ssh(connection: Connection, command: str = "true") -> list[str]:
    """Return `ssh host true` on a cold connection, with the options of the inventory."""
    given = connection.variables
    key = ["-i", given["ansible_ssh_private_key_file"]] if "ansible_ssh_private_key_file" in given else []
    cold = ["-o", "ControlPath=none"]
    where = ["-p", str(connection.port), *key, *shlex.split(given.get("ansible_ssh_common_args", ""))]
    target = f"{connection.user or 'root'}@{connection.address}"
    return ["ssh", "-o", "BatchMode=yes", *cold, *where, target, command]
