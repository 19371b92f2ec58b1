"""One cell of nvidia-smi: a number, or a text in the place of one."""

import re

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NO_MEMORY_OF_ITS_OWN = frozenset({"N/A", "Not Supported"})
_FAULTS = re.compile(r"\[(GPU is lost|GPU requires reset|Unknown Error|Reset required)[^]]*\]", re.IGNORECASE)
_MIB = 1024 * 1024


def number(cell: str) -> float | None:
    """Return the number, None for anything else: a text is unknown, never 0.

    >>> number("39.17"), number("[N/A]")
    (39.17, None)
    """
    return float(cell) if _NUMBER.fullmatch(cell) else None


def size(cell: str) -> int | None:
    """Return whole MiB as bytes.

    >>> size("24564")
    25757220864
    """
    return int(cell) * _MIB if cell.isascii() and cell.isdigit() else None


def switch(cell: str) -> bool | None:
    """Return what is on or off; None where the board has no such switch."""
    return {"Enabled": True, "Disabled": False}.get(cell)


def fault(cells: list[str]) -> str:
    """Return what the driver says is wrong with a board, in place of one of its values.

    >>> fault(["33", "[GPU requires reset]"])
    'GPU requires reset'
    """
    found = (_FAULTS.fullmatch(cell) for cell in cells)
    return next((one[1] for one in found if one), "")


def shared(cell: str) -> bool:
    """Return whether this is how `memory.total` looks on a board that works in the machine's own memory."""
    return cell.strip("[]") in _NO_MEMORY_OF_ITS_OWN
