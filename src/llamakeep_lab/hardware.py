"""The machine that a lab host plays: the parts of /sys and /proc by which its GPUs are found.

A container sees the hardware of the machine that it runs on. What observe asks of the kernel about GPUs it
reads on a lab host from below `/usr/lib/llamakeep-lab/machine` instead, so that a host has what it plays.
"""

from pathlib import PurePosixPath
from typing import Any

from llamakeep_lab import gpu
from llamakeep_lab.machine import File

MACHINE = "/usr/lib/llamakeep-lab/machine"
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_NVIDIA = "0x10de"


def files(spec: str) -> dict[str, File]:
    """Return the files by absolute path, and the link that makes this machine the one that is played.

    Each kind of machine has a folder of its own: a host that plays another one shows nothing of the last.
    """
    folder = PurePosixPath(f"{MACHINE}s", spec)
    tree = {str(folder / path): file for path, file in _tree(gpu.machine(spec)).items()}
    parents = {parent for path in (*tree, str(folder / "sys")) for parent in PurePosixPath(path).parents}
    folders = sorted(parent for parent in parents if parent.is_relative_to(f"{MACHINE}s"))
    return {
        **{f"{each}/": File(b"", 0o755) for each in folders},
        **tree,
        MACHINE: File(b"", 0o777, link=str(folder)),
    }


def _tree(played: dict[str, Any]) -> dict[str, File]:
    found: dict[str, File] = {}
    for index, board in enumerate(played.get("boards", [])):
        folder = f"sys/bus/pci/devices/0000:{index + 1:02x}:00.0"
        texts = {"vendor": _NVIDIA, **board}
        driver = texts.pop("driver")
        found |= {f"{folder}/{name}": _line(text) for name, text in texts.items()}
        if driver:
            found[f"{folder}/driver"] = File(b"", 0o777, link=f"../../../../bus/pci/drivers/{driver}")
    if module := played.get("module"):
        words = f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {module}  SIMULATED by llamakeep lab"
        found |= {
            "sys/module/nvidia/version": _line(module),
            "sys/module/nvidia_uvm/initstate": _line("live"),
            "proc/driver/nvidia/version": _line(words),
        }
    if library := played.get("library"):
        found[f"{_LIBRARIES}/libnvidia-ml.so.{library}"] = _line("SIMULATED by llamakeep lab")
    return found | {path: File(text.encode()) for path, text in played.get("files", {}).items()}


def _line(text: str) -> File:
    return File(f"{text}\n".encode())
