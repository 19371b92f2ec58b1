"""Bytes as a person reads them."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def readable(count: float) -> str:
    """Return a number of bytes with its unit.

    >>> readable(4402341478)
    '4.1 GiB'
    >>> readable(512)
    '512 B'
    """
    step = 0
    while count >= 1024 and step + 1 < len(_UNITS):
        count /= 1024
        step += 1
    return f"{count:.1f} {_UNITS[step]}" if step else f"{int(count)} B"
