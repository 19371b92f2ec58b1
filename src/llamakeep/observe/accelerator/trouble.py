"""Why nvidia-smi names no GPU, by its exit code first and its words second, and what may help."""

import re
from typing import NamedTuple

from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.accelerator.bus import Board
from llamakeep.observe.accelerator.machine import Machine
from llamakeep.observe.seen import Cause

_LAST_BRANCH = 580  # the last driver for Maxwell, Pascal and Volta


class Trouble(NamedTuple):
    """One reason."""

    cause: Cause
    detail: str  # in the tool's own words, where it has some
    remedy: str


NO_TROUBLE = Trouble("", "", "")

# Exit codes of the man page equal NVML's; 18 is not documented and real.
_BY_CODE: dict[str, Cause] = {
    "4": "no permission",
    "6": "no devices",
    "12": "no library",
    "15": "gpu lost",
    "18": "version mismatch",
}
# Other failures share 255 and a few more codes; the text tells them apart. Exit 9 is judged by the bus instead.
_BY_WORDS: tuple[tuple[str, Cause], ...] = (
    (r"Driver/library version mismatch", "version mismatch"),
    (r"couldn't find libnvidia-ml", "no library"),
    (r"Insufficient Permissions", "no permission"),
    (r"could not open the device file", "no permission"),
    (r"GPU access blocked by the operating system", "no permission"),
    (r"Failed to initialize NVML: Unknown Error", "no permission"),  # a container that lost its devices
    (r"No devices were found", "no devices"),
    (r"No supported GPUs were found", "no devices"),
    (r"Unable to determine the device handle for GPU", "gpu lost"),
)
_SIGNALS = 128


def of_answer(core: Block, machine: Machine, boards: tuple[Board, ...]) -> Trouble:
    """Return what an nvidia-smi without a single row was about."""
    words = " ".join(line.strip() for line in core.lines)
    code, _, state = core.end.partition(" ")
    if code == "hangs":
        asleep = ", in a wait of the kernel that no signal ends" if state == "D" else ""
        remedy = "reboot the host; the reason is in its kernel log: dmesg | grep -e NVRM -e Xid"
        return Trouble("hangs", f"nvidia-smi does not come back{asleep}", remedy)
    if not code:
        return Trouble("unreadable", "nvidia-smi broke off", "run nvidia-smi on the host")
    if code == "9" or "couldn't communicate with the NVIDIA driver" in words:
        return without_module(words, machine, boards)
    cause = _BY_CODE.get(code) or _by_words(words)
    if cause == "no devices" and boards and all(board.gpu.driver == "vfio-pci" for board in boards):
        cause = "passed through"
    if cause == "version mismatch":
        return _mismatch(words, machine)
    return Trouble(cause, words or _silence(code), _remedy(cause, machine, boards))


def _by_words(words: str) -> Cause:
    return next((cause for text, cause in _BY_WORDS if re.search(text, words)), "unreadable")


def without_module(words: str, machine: Machine, boards: tuple[Board, ...]) -> Trouble:
    """Return why boards on the bus have no driver that runs; words: what nvidia-smi says, if there is one."""
    drivers = {board.gpu.driver for board in boards}
    names = " and ".join(sorted({board.gpu.name for board in boards})) or "the GPU"
    cause: Cause = "module not loaded" if words else "no driver"
    if "nouveau" in drivers or (not boards and "nouveau" in machine.loaded):
        cause, said = "nouveau", f"the free driver nouveau holds {names}"
    elif drivers == {"vfio-pci"}:
        cause, said = "passed through", f"{names} is handed to a virtual machine (vfio-pci)"
    elif "nvidia" in drivers:
        # The module drives the board, and its library cannot talk to it.
        if machine.library and machine.module and machine.library != machine.module:
            return _mismatch(words, machine)
        cause = "unreadable" if machine.library or words else "no library"
        said = f"the module {machine.module or 'nvidia'} drives {names}, and nvidia-smi is missing"
    else:
        said = f"no driver drives {names}"
    return Trouble(cause, words or said, _remedy(cause, machine, boards))


def _mismatch(words: str, machine: Machine) -> Trouble:
    """Name both versions: the words of nvidia-smi lack one of them, or both."""
    match = re.search(r"NVML library version: ([0-9.]+)", words)
    library = machine.library or (match[1] if match else "?")
    versions = f"module {machine.module or '?'} is loaded, the library is {library}"
    detail = f"{words} ({versions})" if words else versions
    remedy = "reboot, or unload the nvidia modules and load them again: the driver was updated while it ran"
    return Trouble("version mismatch", detail, remedy)


def _silence(code: str) -> str:
    """Return what can be said of a tool that said nothing itself.

    >>> _silence("139")
    'nvidia-smi was ended by signal 11 and named no GPU'
    """
    if code == "0":
        return "nvidia-smi named no GPU"
    signal = int(code) - _SIGNALS if code.isascii() and code.isdigit() else 0
    end = f"was ended by signal {signal}" if 0 < signal < 65 else f"ended with exit code {code}"
    return f"nvidia-smi {end} and named no GPU"


def _remedy(cause: Cause, machine: Machine, boards: tuple[Board, ...]) -> str:
    """Return what may help."""
    if machine.platform == "wsl2":
        return "update NVIDIA's driver on Windows, then: wsl --update, wsl --shutdown"
    if cause == "no devices":
        return _no_devices(machine, boards)
    if cause == "no permission" and machine.container:
        return "restart the container with its GPU devices: it has lost them, or never had them"
    return {
        "no driver": "install NVIDIA's driver and reboot",
        "nouveau": "install NVIDIA's driver, which keeps nouveau out, and reboot",
        "passed through": "nothing, where a virtual machine is to have it; else unbind it from vfio-pci",
        "module not loaded": "modprobe nvidia and dmesg say why: the module may be missing for this kernel "
        "(dkms status), or refused by Secure Boot (mokutil --sb-state)",
        "no library": "install the user-space part of the same driver version (libnvidia-ml, nvidia-smi), "
        "then run ldconfig",
        "no permission": "let root and the group video read /dev/nvidia*: ls -l /dev/nvidia*",
        "gpu lost": "reboot the host, and look at power and seating of the board: dmesg | grep Xid",
    }.get(cause, "run nvidia-smi on the host, and look at dmesg")


def _no_devices(machine: Machine, boards: tuple[Board, ...]) -> str:
    major = machine.module.partition(".")[0]
    old = [board for board in boards if _before_turing(board)]
    if old and major.isdigit() and int(major) > _LAST_BRANCH:
        return f"install driver branch {_LAST_BRANCH}: the last one that knows the {old[0].gpu.name}"
    return "dmesg | grep NVRM says why the driver refuses the board (RmInitAdapter failed); reboot after mending it"


def _before_turing(board: Board) -> bool:
    return board.kind is not None and board.gpu.vendor == "nvidia" and float(board.kind.capability) < 7.5
