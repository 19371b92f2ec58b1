"""The boards on the PCI bus, whoever drives them, with names by their ids."""

import csv
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from llamakeep.observe.accelerator.blocks import Block
from llamakeep.observe.seen import BusGpu

_VENDORS: dict[str, Literal["nvidia", "amd", "other"]] = {"0x10de": "nvidia", "0x1002": "amd"}
_DISPLAY = ("0x0300", "0x0302")
_AMD_COMPUTE = ("0x0380", "0x1200")  # Instinct boards are no display for anybody
_BOARDS = Path(__file__).with_name("boards.csv")


class Kind(NamedTuple):
    """A model of board."""

    name: str  # "GeForce RTX 4090"
    capability: str  # "8.9", "gfx1100"


class Board(NamedTuple):
    """A board and what only AMD's driver says of it in sysfs."""

    gpu: BusGpu
    kind: Kind | None  # None: an id that we have no name for
    vram: int | None = None  # bytes
    used: int | None = None  # bytes
    shared: int | None = None  # bytes of the machine's memory that it may use (GTT)


def read(block: Block) -> tuple[Board, ...]:
    """Read lines of `bus=… vendor=… device=… class=… subsystem=… driver=… vram=… used=… gtt=…`."""
    return tuple(_boards(block))


def _boards(block: Block) -> Iterator[Board]:
    for line in block.lines:
        said = {name: value for name, _, value in (word.partition("=") for word in line.split())}
        vendor = _VENDORS.get(said.get("vendor", ""), "other")
        classes = (*_DISPLAY, *_AMD_COMPUTE) if vendor == "amd" else _DISPLAY
        if not said.get("bus") or not said.get("class", "").startswith(classes):
            continue
        device = said.get("device", "")
        kind = _named(vendor, device, said.get("subsystem", ""))
        unnamed = f"{said.get('vendor')}:{device}" if vendor == "other" else device
        gpu = BusGpu(
            bus=said["bus"],
            vendor=vendor,
            device=device,
            name=kind.name if kind else unnamed,
            driver=said.get("driver", ""),
        )
        yield Board(gpu, kind, *(_bytes(said.get(name, "")) for name in ("vram", "used", "gtt")))


def full_name(board: Board) -> str:
    """Return the name as nvidia-smi prints it.

    >>> full_name(a4090)
    'NVIDIA GeForce RTX 4090'
    """
    if board.kind is None:
        return f"NVIDIA board {board.gpu.device}"
    return board.gpu.name if board.gpu.name.startswith(("Tesla", "Quadro")) else f"NVIDIA {board.gpu.name}"


def _bytes(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _named(vendor: str, device: str, subsystem: str) -> Kind | None:
    known = _known()
    return known.get((vendor, device, subsystem)) or known.get((vendor, device, ""))


@functools.cache
def _known() -> dict[tuple[str, str, str], Kind]:
    """Return the models by vendor, device and subsystem; the same id may stand for several sizes of memory."""
    with _BOARDS.open(encoding="utf-8", newline="") as file:
        return {
            (row["vendor"], f"0x{row['device']}", f"0x{row['subsystem']}" if row["subsystem"] else ""): Kind(
                row["name"], row["capability"]
            )
            for row in csv.DictReader(file)
        }
