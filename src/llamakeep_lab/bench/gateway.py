"""What the gateway costs: many streams through it, and at one host's door directly, in turn on the same lab."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import llamakeep_lab as labs
from llamakeep.errors import Refusal
from llamakeep_lab import Machine, engine
from llamakeep_lab import gateway as front
from llamakeep_lab.bench import streamed
from llamakeep_lab.bench.converge import LAB
from llamakeep_lab.bench.cost import KIT, cost_of
from llamakeep_lab.bench.streamed import Measured
from llamakeep_lab.bench.streams import Load, Outcome
from llamakeep_lab.gateway import Front

BOTH, ONE, TWO = "llama2:latest", "mistral:latest", "codellama:latest"  # who has it
PACE = 20  # tokens per second of one answer, about as fast as people read
BUSY = "It was busy with something else meanwhile: errors count, differences between the ways do not."
_PATIENCE = 180  # seconds beyond those of the load
_LOOPBACK = 18434


class Bench:
    """Two hosts that talk, a gateway before them, and a key."""

    def __init__(self, fleet: Front, streams: int, seconds: float) -> None:
        """Have them talk; `seconds` is the time in which all clients ask."""
        self.front, self.streams, self.seconds = fleet, streams, seconds
        self.key = fleet.key("add", "bench")
        fleet.converge()
        for machine in fleet.models:
            front.talk(machine)
        first = fleet.models[0]
        shown = fleet.certificate()
        door = {"address": first.address4, "port": 11434, "name": first.name, "model": BOTH}
        behind = {"address": fleet.gateway.address4, "port": fleet.port, "name": fleet.api}
        behind |= {"root": fleet.root, "key": self.key}
        self.ways = {
            "one door directly": {**door, "root": shown.roots, "certificate": shown.path},
            "the gateway, one host behind it": {**behind, "model": ONE},
            "the gateway, two hosts behind it": {**behind, "model": BOTH},
        }

    def measure(self, rounds: int, pace: float, seconds: float) -> dict[str, Measured]:
        """Return what each way came to, in so many rounds that go through all of them."""
        found: dict[str, list[tuple[Outcome, Mapping[str, float]]]] = {way: [] for way in self.ways}
        for _ in range(rounds):
            for way in self.ways:
                before = self._cpu()
                outcome = play(self.load(way, pace, seconds))
                after = self._cpu()
                found[way].append((outcome, {part: after[part] - before[part] for part in after}))
        return {
            way: Measured(tuple(outcome for outcome, _ in seen), tuple(cpu for _, cpu in seen))
            for way, seen in found.items()
        }

    def load(self, way: str, pace: float, seconds: float) -> Load:
        """Return what is asked on that way."""
        return Load.model_validate({**self.ways[way], "streams": self.streams, "seconds": seconds, "pace": pace})

    def lose(self) -> list[str]:
        """Return what became of the answers while one of the hosts was without power."""
        lost = self.front.models[1]
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(play, self.load("the gateway, two hosts behind it", PACE, self.seconds))
            time.sleep(self.seconds / 3)
            lost.container.kill()
            gone = time.monotonic()
            time.sleep(self.seconds / 3)
            lost.container.start()
            back = time.monotonic()
            outcome = running.result()
        lost.wait()
        return streamed.loss(outcome, gone, back)

    def _cpu(self) -> dict[str, float]:
        return {
            "gateway": _cpu(self.front.gateway),
            "hosts": sum(_cpu(machine) for machine in self.front.models),
        }


def play(load: Load) -> Outcome:
    """Let the clients ask, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "llamakeep_lab.bench.streams"],
        input=load.model_dump_json().encode(),
        capture_output=True,
        check=False,
        timeout=2 * load.ramp + load.seconds + _PATIENCE,
    )
    if done.returncode:
        raise Refusal("the clients of the bench", done.stderr.decode(errors="replace")[-2000:], id="command-failed")
    return Outcome.model_validate_json(done.stdout)


def limit(streams: int, seconds: float) -> float:
    """Return the tokens per second that the clients take from a talker on loopback, with nothing between them."""
    talker = subprocess.Popen([sys.executable, "-I", str(front.TALKER), str(_LOOPBACK)])
    try:
        time.sleep(1)
        load = Load(address="127.0.0.1", port=_LOOPBACK, model=BOTH, streams=streams, seconds=seconds, pace=0)
        return Measured((play(load),), ({},)).rate
    finally:
        talker.kill()
        talker.wait()


def _cpu(machine: Machine) -> float:
    """Return the CPU seconds of a whole host since it was made."""
    # `container.stats` would take a second, for a rate that is not asked for.
    seen = engine.connect().api.stats(str(machine.container.id), stream=False, one_shot=True)
    return float(seen["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9


@contextmanager
def raised(streams: int, seconds: float) -> Iterator[Bench]:
    """Bring a lab of two llm hosts up, with a gateway that lets every stream through at once."""
    cost_of([KIT, "lab", "up", "--name", LAB, "--llm", "2", "--stand-in"])
    folder = Path(tempfile.mkdtemp(prefix="llamakeep-bench-"))
    try:
        fleet = front.prepare(
            labs.attach(LAB), folder / "inventory", {"ollama_num_parallel": streams}, {"gateway_rate": 1_000_000}
        )
        fleet.say("llm1", ollama_models_names=[BOTH, ONE])
        fleet.say("llm2", ollama_models_names=[BOTH, TWO])
        yield Bench(fleet, streams, seconds)
    finally:
        shutil.rmtree(folder)
        cost_of([KIT, "lab", "down", "--name", LAB])


def bench(streams: int, seconds: float, rounds: int) -> list[str]:
    """Return the part of the page."""
    load = os.getloadavg()[0]
    clients = limit(streams, min(seconds, 10))
    with raised(streams, seconds) as hosts:
        paced = hosts.measure(rounds, PACE, seconds)
        flat_out = hosts.measure(rounds, 0, seconds / 3)
        lost = hosts.lose()
        end = os.getloadavg()[0]
    said = [
        f"{_when()}; {streams} streams for {seconds:.0f} s, {_rounds(rounds)} in turn.",
        f"Load of the machine before it began: {load:.1f}; at its end, with the bench in it: {end:.1f}.",
        f"The clients alone take {clients:,.0f} tokens/s from a talker on loopback.",
    ]
    if load > (os.cpu_count() or 1):
        said.append(BUSY)
    return [
        *said,
        "",
        f"At {PACE} tokens/s each:",
        "",
        *streamed.table(paced),
        "",
        f"As fast as it goes, for {seconds / 3:.0f} s:",
        "",
        *streamed.table(flat_out),
        "",
        *lost,
    ]


def _rounds(count: int) -> str:
    return f"{count} round{'s' if count != 1 else ''}"


def _when() -> str:
    return f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores in all"
