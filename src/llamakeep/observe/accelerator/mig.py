"""GPUs that are cut up (NVIDIA MIG): the slices by `nvidia-smi -L`, their memory by `nvidia-smi -q -x`."""

import re

from llamakeep.observe.accelerator import cell
from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.accelerator.rows import address
from llamakeep.observe.seen import Gpu, Slice

_GPU = re.compile(r"GPU ([0-9]+): ")
# Columns since 470, single blanks and MIG-<uuid of the GPU>/<instance>/<instance> before.
_SLICE = re.compile(r"\s+MIG (\S+)\s+Device\s+([0-9]+): \(UUID: (MIG-\S+)\)")
_BOARD = re.compile(r'<gpu id="([^"]+)">')
_VALUE = re.compile(r"<(index|total)>([^<]*)</\1>")
_GIGABYTES = re.compile(r"\.([0-9]+)gb")


def cut(gpus: dict[str, Gpu], listing: Block, xml: Block) -> dict[str, Gpu]:
    """Return the GPUs with the slices that were made of them."""
    sizes = _sizes(xml)
    slices: dict[str, list[Slice]] = {}
    index = ""
    for line in listing.lines:
        if board := _GPU.match(line):
            index = board[1]
        elif (part := _SLICE.match(line)) and index in gpus:
            memory = sizes.get((gpus[index].bus, part[2]), by_name(part[1]))
            slices.setdefault(index, []).append(Slice(name=part[1], uuid=part[3], memory=memory))
    return {
        index: gpu.model_copy(update={"slices": tuple(slices[index])}) if index in slices else gpu
        for index, gpu in gpus.items()
    }


def _sizes(xml: Block) -> dict[tuple[str, str], int]:
    """Return bytes by board and index of the slice: the first total in a slice is that of its memory."""
    found: dict[tuple[str, str], int] = {}
    bus, index, inside = "", "", False
    for line in xml.lines:
        if board := _BOARD.search(line):
            bus = address(board[1])
        elif "<mig_device>" in line:
            inside, index = True, ""
        elif "</mig_device>" in line:
            inside = False
        elif inside and (value := _VALUE.search(line)):
            if value[1] == "index":
                index = value[2].strip()
            elif (memory := cell.size(value[2].removesuffix("MiB").strip())) is not None:
                found.setdefault((bus, index), memory)
    return found


def by_name(profile: str) -> int | None:
    """Return at least how many bytes a slice has, where the driver does not say.

    The names round up: 3g.40gb has 39.5 GiB, 1g.5gb 4.75, 1g.18gb on an H200 only 16.

    >>> by_name("1g.10gb")
    9395240960
    """
    found = _GIGABYTES.search(profile)
    return int(found[1]) * 1024**3 * 7 // 8 if found else None
