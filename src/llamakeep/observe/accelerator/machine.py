"""What the kernel and the folders of a host say about its GPU drivers."""

import re
from typing import Literal, NamedTuple

from llamakeep.observe.accelerator.blocks import Block

_VERSION = r"[0-9]+\.[0-9]+(?:\.[0-9]+)?"
# "NVIDIA UNIX x86_64 Kernel Module  550.135  …", "NVIDIA UNIX Open Kernel Module for aarch64  580.95.05  …"
_NVRM = re.compile(rf"NVRM version: .*?Kernel Module(?: for \S+)?\s+({_VERSION})(?:\s|$)")
_LIBRARY = re.compile(rf"libnvidia-ml\.so\.({_VERSION})$")
_RELEASE = re.compile(r"R([0-9]+) \(release\), REVISION: ([0-9.]+)")


class Machine(NamedTuple):
    """The software side of the GPUs."""

    platform: Literal["", "wsl2", "jetson"] = ""
    module: str = ""  # version of NVIDIA's loaded module
    library: str = ""  # version of libnvidia-ml
    loaded: tuple[str, ...] = ()  # modules: "nvidia", "nvidia_uvm", "nouveau", "amdgpu"
    uvm: bool | None = None  # None: none is loaded that would need it
    kfd: bool = False  # /dev/kfd, the door of ROCm
    amdgpu: str = ""  # version of AMD's packaged driver; the one in the kernel has none
    container: bool = False  # boards on the bus may be somebody else's
    model: str = ""  # of a Jetson: "NVIDIA Jetson AGX Orin Developer Kit"
    tegra: str = ""  # of a Jetson: "L4T 35.4.1"


def read(block: Block) -> Machine:
    """Read lines of `name=value`."""
    said = block.values
    nvrm = _NVRM.match(said.get("nvrm", ""))
    loaded = block.all("loaded")
    libraries = [found[1] for path in block.all("library") if (found := _LIBRARY.search(path))]
    tegra = _RELEASE.search(said.get("tegra", ""))
    model = said.get("model", "").rstrip("?\0 ")  # it ends in a zero byte, which the way here turns into a mark
    platform: Literal["", "wsl2", "jetson"] = ""
    if "microsoft" in said.get("release", "").lower():
        platform = "wsl2"
    elif "tegra" in said or "jetson" in model.lower():
        platform = "jetson"
    uses_uvm = "nvidia" in loaded and platform != "jetson"  # there nvgpu does the work of both
    return Machine(
        platform=platform,
        module=said.get("module") or (nvrm[1] if nvrm else ""),
        library=libraries[0] if libraries else "",
        loaded=loaded,
        uvm=("nvidia_uvm" in loaded or "nvidia-uvm" in block.all("device")) if uses_uvm else None,
        kfd="kfd" in block.all("device"),
        amdgpu=said.get("amdgpu", ""),
        container=bool(block.all("container")),
        model=model,
        tegra=f"L4T {tegra[1]}.{tegra[2]}" if tegra else "",
    )
