"""The questions for macOS, asked of programs that answer as its own do."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.apple import AppleFact
from llamakeep.observe.facts.space import SpaceFact
from llamakeep.observe.facts.system import SystemFact

PROGRAMS = {
    "uname": 'case $1 in -s) echo Darwin ;; *) echo "Darwin 24.6.0 arm64" ;; esac',
    "sysctl": """case $2 in
        hw.memsize) echo 34359738368 ;; hw.ncpu) echo 10 ;; hw.optional.arm64) echo 1 ;;
        machdep.cpu.brand_string) echo 'Apple M4' ;; kern.hv_vmm_present) echo 0 ;; iogpu.wired_limit_mb) echo 0 ;;
        sysctl.proc_translated) echo 0 ;; *) echo "sysctl: unknown oid '$2'" >&2; exit 1 ;; esac""",
    "sw_vers": """case $1 in -productVersion) echo 15.6.1 ;;
        *) printf 'ProductName:\\t\\tmacOS\\nProductVersion:\\t\\t15.6.1\\nBuildVersion:\\t\\t24G90\\n' ;; esac""",
    "vm_stat": """echo 'Mach Virtual Memory Statistics: (page size of 16384 bytes)'
        echo 'Pages free:                               19455.'""",
    "ioreg": """echo '+-o AGXAcceleratorG16G  <class AGXAcceleratorG16G, id 0x1>'
        echo '      "gpu-core-count" = 10'; echo '      "IOPlatformSerialNumber" = "C02EXAMPLE"'""",
    "python3": "echo Python 3.9.6",
    "stat": "shift 2; for path do echo 'disk 16777231'; done",
    "df": """echo 'Filesystem   1024-blocks      Used Available Capacity  Mounted on'
        echo '/dev/disk3s5   971350180 610638404 354711776      64%    /System/Volumes/Data'""",
    "mount": "echo '/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)'",
}


@pytest.fixture
def mac(tmp_path: Path) -> Path:
    for name, body in PROGRAMS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("sed", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/no/such/program")
    return tmp_path


def ask(mac: Path, fact: Fact[Any], asked: Ask) -> Any:
    question = fact.question(asked).replace("/proc/self/mounts", "/no/such/file")
    environment = {"PATH": str(mac), "LLAMAKEEP_ROOT": "sudo"}
    done = subprocess.run(["/bin/sh"], input=question, text=True, env=environment, capture_output=True, check=False)
    assert "C02EXAMPLE" not in done.stdout
    return fact.parse(done.stdout)


def test_system(mac: Path) -> None:
    system = ask(mac, SystemFact(), Ask())
    assert (system.os, system.os_version, system.architecture, system.memory) == ("macos", "15.6.1", "arm64", 2**35)
    assert (system.processor, system.available, system.python) == ("Apple M4", 19455 * 16384, "3.9.6")


def test_apple(mac: Path) -> None:
    apple = ask(mac, AppleFact(), Ask())
    assert (apple.chip, apple.gpu_cores, apple.working_set, apple.exact) == ("Apple M4", 10, 2**36 // 3, False)


def test_space(mac: Path) -> None:
    (space,) = ask(mac, SpaceFact(), Ask(paths=("/no/such/folder",)))
    assert (space.path, space.free, space.kind, space.inodes) == ("/", 354711776 * 1024, "apfs", None)
