"""Sizes and time spans as a person reads them."""

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


def duration(seconds: float) -> str:
    """Return a time span in at most two units.

    >>> duration(492)
    '8 min 12 s'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
