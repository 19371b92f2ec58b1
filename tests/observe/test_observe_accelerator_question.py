"""The question about accelerators, run by a real sh against an nvidia-smi of ours."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamakeep.observe import script
from llamakeep.observe.ask import Ask
from llamakeep.observe.facts.accelerator import AcceleratorFact
from llamakeep.observe.facts.lab import LabFact
from llamakeep.observe.seen import Accelerator
from llamakeep_lab import gpu, hardware

PLAYER = Path(hardware.__file__).parent / "files" / "nvidia_smi.py"
PATIENCE = 20
SHORT = 2  # for a tool that is to run out of it


class Host:
    """A machine that is played, with an nvidia-smi of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.machine = folder, folder / "bin", folder / "machine"
        self.bin.mkdir()
        self.machine.mkdir()

    def plays(self, spec: str) -> None:
        for path, file in hardware.files(spec).items():
            place = self.machine / path.removeprefix(f"{hardware.MACHINE}s/{spec}").lstrip("/")
            if path.endswith("/") or path == hardware.MACHINE or not path.startswith(f"{hardware.MACHINE}s/"):
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file.link) if file.link else place.write_bytes(file.content)

    def has(self, text: str) -> None:
        (self.bin / "nvidia-smi").write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / "nvidia-smi").chmod(0o755)

    def seen(
        self, monkeypatch: pytest.MonkeyPatch, patience: int = PATIENCE
    ) -> tuple[dict[str, object], tuple[str, ...], float]:
        """Return facts, gaps and seconds of a look by the one script, with another question behind this one."""
        facts = (AcceleratorFact(played=str(self.machine), patience=patience), LabFact())
        monkeypatch.setenv("PATH", f"{self.bin}:{os.environ['PATH']}")
        started = time.monotonic()
        done = subprocess.run(
            ["sh"],
            input=script.script(facts, Ask()).encode(),
            capture_output=True,
            timeout=40,
            check=True,
        )
        return *script.parse(facts, done.stdout.decode("ascii")), time.monotonic() - started


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = set(Path("/dev/shm").iterdir())
    yield
    assert set(Path("/dev/shm").iterdir()) - before == set()


CORE = "0, GPU-1, NVIDIA L40S, 00000000:01:00.0, 595.80, 46068, 0, 45460"


def test_a_gpu_that_answers(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.plays("l40s")
    host.has(
        f"""case $* in
*compute_cap*) echo '0, 8.9' ;;
*mig.mode*) echo '0, [N/A], Enabled, Disabled, 63, 144.97' ;;
*index,uuid,name*) echo '{CORE}' ;;
*) exit 1 ;; esac"""
    )
    seen, gaps, _ = host.seen(monkeypatch)
    found = seen["accelerator"]
    assert isinstance(found, Accelerator)
    assert (gaps, found.kind, found.cause, found.module) == ((), "nvidia", "", "595.80")
    assert (found.gpus[0].capability, found.gpus[0].ecc, found.gpus[0].power) == ("8.9", True, 144.97)
    assert [(board.name, board.driver) for board in found.bus] == [("L40S", "nvidia")]


def test_a_field_that_is_refused_spoils_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.plays("l40s")
    host.has(
        f"""case $* in
*compute_cap*) echo 'Field "compute_cap" is not a valid field to query.'; echo; exit 2 ;;
*mig.mode*) echo '0, [N/A], Enabled, Disabled, 63, 144.97' ;;
*) echo '{CORE}' ;; esac"""
    )
    found = host.seen(monkeypatch)[0]["accelerator"]
    assert isinstance(found, Accelerator)
    assert (found.kind, found.gpus[0].capability, found.gpus[0].temperature) == ("nvidia", None, 63.0)


def test_a_tool_that_hangs_holds_nothing_up_and_is_asked_once(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.plays("hangs")
    # What it leaves behind in a session of its own stands for a process that no signal reaches.
    host.has(
        f"""trap '' TERM INT HUP
echo "$*" >>{host.folder}/calls
setsid sh -c 'echo $$ >{host.folder}/pid; exec sleep 60' &
while :; do sleep 60; done"""
    )
    seen, gaps, seconds = host.seen(monkeypatch, SHORT)
    pid = int((host.folder / "pid").read_text())
    held = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    os.kill(pid, signal.SIGKILL)
    found = seen["accelerator"]
    assert isinstance(found, Accelerator)
    assert (found.kind, found.cause, found.module) == ("broken", "hangs", "570.148.08")
    assert [board.name for board in found.bus] == ["H100 80GB HBM3"]
    assert (seen["lab"], gaps) == (None, ())
    assert seconds < SHORT + 3
    assert len((host.folder / "calls").read_text().splitlines()) == 1
    assert not any(one.startswith("pipe:") for one in held)


def test_a_tool_that_prints_without_end_is_cut_short(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.has("exec yes nonsense")
    found = host.seen(monkeypatch)[0]["accelerator"]
    assert isinstance(found, Accelerator)
    assert (found.kind, found.cause) == ("broken", "unreadable")


def test_a_tool_that_fails_is_not_asked_again(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.plays("no-devices")
    host.has(f"echo x >>{host.folder}/calls; echo 'No devices were found'; exit 6")
    found = host.seen(monkeypatch)[0]["accelerator"]
    assert isinstance(found, Accelerator)
    assert (found.kind, found.cause) == ("broken", "no devices")
    assert (host.folder / "calls").read_text() == "x\n"


def test_a_host_without_gpu(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    assert host.seen(monkeypatch)[0]["accelerator"] == Accelerator(kind="none")


@pytest.mark.parametrize(
    ("spec", "kind", "cause", "gpus"),
    [
        ("rtx-4090", "nvidia", "", 1),
        ("2xa100", "nvidia", "", 2),
        ("gtx-1060@470.256.02", "nvidia", "", 1),
        ("gb10", "nvidia", "", 1),
        ("mig-a100", "nvidia", "", 1),
        ("one-lost", "nvidia", "gpu lost", 3),
        ("rx-7900-xtx", "amd", "", 1),
        ("broken-driver", "broken", "module not loaded", 0),
        ("driver-mismatch", "broken", "version mismatch", 0),
        ("no-devices", "broken", "no devices", 0),
    ],
)
def test_what_lab_hosts_play(
    host: Host, monkeypatch: pytest.MonkeyPatch, spec: str, kind: str, cause: str, gpus: int
) -> None:
    host.plays(spec)
    if played := gpu.played(spec):
        (host.folder / "gpu.json").write_text(json.dumps(played))
        program = PLAYER.read_text().replace("/usr/lib/llamakeep-lab/gpu.json", str(host.folder / "gpu.json"))
        (host.bin / "nvidia-smi").write_text(program)
        (host.bin / "nvidia-smi").chmod(0o755)
    found = host.seen(monkeypatch)[0]["accelerator"]
    assert isinstance(found, Accelerator)
    assert (found.kind, found.cause, len(found.gpus)) == (kind, cause, gpus)
    if spec == "mig-a100":
        assert [one.memory for one in found.gpus[0].slices or ()] == [mib * 1024**2 for mib in (40192, 19968, 9728)]


def test_the_question_says_no_more_than_it_must() -> None:
    text = AcceleratorFact().question(Ask())
    assert len(text) < 6500
    assert text.isascii()
