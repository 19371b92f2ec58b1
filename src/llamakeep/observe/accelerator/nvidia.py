"""NVIDIA: the rows of nvidia-smi held against the boards on the bus."""

from collections.abc import Mapping

from llamakeep.observe.accelerator import bus, licence, mig, rows, trouble
from llamakeep.observe.accelerator.blocks import NOTHING, Block
from llamakeep.observe.accelerator.bus import Board
from llamakeep.observe.accelerator.machine import Machine
from llamakeep.observe.accelerator.trouble import NO_TROUBLE, Trouble
from llamakeep.observe.seen import Accelerator, Gpu

_REBOOT = "reboot the host to have it back; the reason is in its kernel log: dmesg | grep Xid"
_UNDRIVEN = "no driver drives it"


def detect(blocks: Mapping[str, Block], machine: Machine, boards: tuple[Board, ...]) -> Accelerator | None:
    """Return what NVIDIA's tool and the bus say together; None: there is no NVIDIA GPU."""
    core = blocks.get("core")
    if core is None:
        return _untold(machine, boards)
    said = rows.read(core)
    gpus = rows.extended(said.gpus, blocks.get("capability", NOTHING), blocks.get("more", NOTHING))
    gpus = mig.cut(gpus, blocks.get("list", NOTHING), blocks.get("xml", NOTHING))
    gpus = licence.licensed(gpus, blocks.get("licence", NOTHING))
    gpus = {index: _accused(gpu, said.lost) for index, gpu in gpus.items()}
    ended = core.end.isdigit()  # else it hangs, or was cut off
    sound = ended and any(not gpu.fault for gpu in gpus.values())
    everything = (*gpus.values(), *_missing(gpus, said.lost, machine, boards, answered=bool(gpus)))
    if sound:
        found = _problem(everything, (*said.unexpected, *_unfinished(blocks)))
    elif everything and ended:
        found = Trouble("gpu lost", "; ".join(f"{gpu.bus}: {gpu.fault}" for gpu in everything), _REBOOT)
    elif not boards and core.end == "9" and machine.platform == "":
        # The tool was left behind, or came with an image that other hosts share.
        return None
    else:
        found = trouble.of_answer(core, machine, boards)
    return Accelerator(
        kind="nvidia" if sound else "broken",
        gpus=everything,
        cause=found.cause,
        detail=found.detail,
        remedy=found.remedy or ("modprobe nvidia_uvm" if machine.uvm is False and sound else ""),
        platform=machine.platform,
        module=machine.module,
        library=machine.library,
        unified=said.shared or machine.platform == "jetson",
        uvm=machine.uvm,
    )


def _untold(machine: Machine, boards: tuple[Board, ...]) -> Accelerator | None:
    """Return what can be said without nvidia-smi."""
    if machine.platform == "jetson":  # up to JetPack 5 it has none
        gpu = Gpu(name=machine.model or "NVIDIA Jetson", driver=machine.tegra)
        return Accelerator(kind="nvidia", gpus=(gpu,), platform="jetson", unified=True)
    if not boards or machine.container:  # a container sees boards on the bus that it was not given
        return None
    found = trouble.without_module("", machine, boards)
    return Accelerator(
        kind="broken",
        cause=found.cause,
        detail=found.detail,
        remedy=found.remedy,
        module=machine.module,
        library=machine.library,
        uvm=machine.uvm,
    )


def _missing(
    gpus: Mapping[str, Gpu], lost: Mapping[str, str], machine: Machine, boards: tuple[Board, ...], *, answered: bool
) -> tuple[Gpu, ...]:
    """Return the boards that nvidia-smi complains of or passes over, though the others answered."""
    listed = {gpu.bus for gpu in gpus.values()}
    faults = {address: words for address, words in lost.items() if address not in listed}
    if answered and not machine.container:
        for board in boards:
            if board.gpu.bus not in listed and board.gpu.driver in ("nvidia", ""):
                words = "nvidia-smi passes it over" if board.gpu.driver else _UNDRIVEN
                faults.setdefault(board.gpu.bus, words)
    by_address = {board.gpu.bus: board for board in boards}
    return tuple(
        Gpu(
            name=bus.full_name(by_address[address]) if address in by_address else "NVIDIA GPU",
            driver=machine.module,
            bus=address,
            fault=fault,
        )
        for address, fault in sorted(faults.items())
    )


def _accused(gpu: Gpu, lost: Mapping[str, str]) -> Gpu:
    return gpu.model_copy(update={"fault": lost[gpu.bus]}) if gpu.bus in lost else gpu


def _unfinished(blocks: Mapping[str, Block]) -> tuple[str, ...]:
    """Return in words which later queries did not come back."""
    hung = [name for name, block in blocks.items() if block.end.startswith("hangs")]
    return (f"nvidia-smi did not come back from a later query ({', '.join(hung)})",) if hung else ()


def _problem(gpus: tuple[Gpu, ...], unexpected: tuple[str, ...]) -> Trouble:
    """Return what is wrong though GPUs answer."""
    if faulty := [gpu for gpu in gpus if gpu.fault]:
        words = "; ".join(f"{gpu.name} at {gpu.bus or '?'}: {gpu.fault}" for gpu in faulty)
        if all(gpu.fault == _UNDRIVEN for gpu in faulty):
            return Trouble("no driver", words, "install a driver that knows all boards of the host")
        return Trouble("gpu lost", words, _REBOOT)
    return Trouble("", " ".join(unexpected), "") if unexpected else NO_TROUBLE
