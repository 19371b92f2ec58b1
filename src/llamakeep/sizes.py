"""Sizes and rates as people read them."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def readable(size: float) -> str:
    """Return a number of bytes in the largest unit that keeps it above one.

    >>> readable(4402341478)
    '4.1 GiB'
    """
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError  # pragma: no cover - the loop returns at its last unit


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
