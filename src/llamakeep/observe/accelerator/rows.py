"""The rows that nvidia-smi prints for its GPUs, and the lines that it prints in place of rows."""

import re
from typing import NamedTuple

from llamakeep.observe.accelerator import cell
from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.seen import Gpu

_BUS = re.compile(r"([0-9A-Fa-f]{4,8}):([0-9A-Fa-f]{2}:[0-9A-Fa-f]{2})(\.[0-7])?")
# `GPU 0000:0B:00.0` to 470, `GPU0000:65:00.0` to 555, `GPU3: 0000:5F:00.0` since 560.
_LOST = re.compile(r"Unable to determine the device handle for GPU ?(?:[0-9]+: )?([0-9A-Fa-f:.]+): (.*)")


class Rows(NamedTuple):
    """What the core query said."""

    gpus: dict[str, Gpu]  # by index
    lost: dict[str, str]  # PCI address -> the driver's words
    unexpected: tuple[str, ...]  # lines that are neither
    shared: bool  # a board has no memory of its own


def address(text: str) -> str:
    """Return a PCI address as sysfs writes it; empty where it is none.

    >>> address("00000000:0C:00.0")
    '0000:0c:00.0'
    """
    found = _BUS.fullmatch(text.strip())
    return f"{int(found[1], 16):04x}:{found[2].lower()}{found[3] or '.0'}" if found else ""


def read(core: Block) -> Rows:
    """Read `index, uuid, name, pci.bus_id, driver_version, memory.total, memory.used, memory.free`."""
    gpus: dict[str, Gpu] = {}
    lost: dict[str, str] = {}
    unexpected: list[str] = []
    shared = False
    for line in core.lines:
        cells = [part.strip() for part in line.split(", ")]
        if gone := _LOST.match(line.strip()):
            lost[address(gone[1]) or gone[1]] = gone[2]
        elif len(cells) < 8 or not cells[0].isdigit():
            unexpected.append(line.strip())
        else:
            gpu = _gpu(cells)
            gpus[cells[0]] = gpu
            shared = shared or (not gpu.fault and cell.shared(cells[-3]))
    return Rows(gpus, lost, tuple(unexpected), shared)


def _gpu(cells: list[str]) -> Gpu:
    bus, driver, total, used, free = cells[-5:]
    return Gpu(
        name=", ".join(cells[2:-5]),  # a name may hold what stands between cells
        driver=driver if cell.number(driver.partition(".")[0]) is not None else "",
        memory=cell.size(total),
        used=cell.size(used),
        free=cell.size(free),
        uuid=cells[1] if cells[1].startswith("GPU-") else "",
        bus=address(bus),
        fault=cell.fault(cells),
    )


def extended(gpus: dict[str, Gpu], capability: Block, more: Block) -> dict[str, Gpu]:
    """Return the GPUs with what the second queries told; a driver that refuses one leaves them as they are.

    capability: `index, compute_cap`; more: `index, mig.mode, ecc.mode, persistence_mode, temperature, power`.
    """
    found = dict(gpus)
    for index, value in _table(capability, 2).items():
        if index in found and cell.number(value[0]) is not None:
            found[index] = found[index].model_copy(update={"capability": value[0]})
    for index, (mig, ecc, persistent, temperature, power) in _table(more, 6).items():
        if index in found:
            gpu = found[index]
            update = {
                "slices": () if cell.switch(mig) else None,
                "ecc": cell.switch(ecc),
                "persistent": cell.switch(persistent),
                "temperature": cell.number(temperature),
                "power": cell.number(power),
                "fault": gpu.fault or cell.fault([mig, ecc, persistent, temperature, power]),
            }
            found[index] = gpu.model_copy(update=update)
    return found


def _table(block: Block, width: int) -> dict[str, list[str]]:
    rows = ([part.strip() for part in line.split(", ")] for line in block.lines)
    return {row[0]: row[1:] for row in rows if len(row) == width and row[0].isdigit()}
