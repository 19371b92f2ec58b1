"""Durations as Go reads and writes them."""

from __future__ import annotations

import re
from typing import Any

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")

FOREVER = float("inf")


def parse(value: Any) -> float:
    """Return seconds from "5m", "1h30m", "300" or 300; a negative value means for ever.

    >>> parse("1h30m"), parse(-1), parse("0")
    (5400.0, inf, 0.0)
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    else:
        seconds = _text(str(value).strip())
    return FOREVER if seconds < 0 else seconds


def _text(text: str) -> float:
    try:
        return float(int(text))
    except ValueError:
        pass
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    parts = _PART.findall(digits)
    if not parts or "".join(number + unit for number, unit in parts) != digits:
        raise ValueError(f"invalid duration {text!r}")
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


def form(seconds: float) -> str:
    """Write a duration as Go prints it.

    >>> form(300), form(0.070153554), form(5400), form(0)
    ('5m0s', '70.153554ms', '1h30m0s', '0s')
    """
    if seconds == FOREVER:
        return "2562047h47m16.854775807s"
    nanoseconds = round(seconds * 1e9)
    if nanoseconds < 1_000_000_000:
        for unit, size in (("ms", 1_000_000), ("µs", 1_000), ("ns", 1)):
            if nanoseconds >= size:
                return f"{_trimmed(nanoseconds / size, 6)}{unit}"
        return "0s"
    minutes, rest = divmod(nanoseconds, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_trimmed(rest / 1e9, 9)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text


def _trimmed(number: float, digits: int) -> str:
    return f"{number:.{digits}f}".rstrip("0").rstrip(".")
