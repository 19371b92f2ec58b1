"""Sizes, counts and times as `ollama list` and its kin print them."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def size(count: int) -> str:
    """Write a number of bytes, in thousands.

    >>> size(98363105), size(1500), size(12)
    ('98 MB', '1.5 KB', '12 B')
    """
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= factor:
            value = count / factor
            return f"{value:.1f} {unit}" if value < 10 and value != int(value) else f"{int(value)} {unit}"
    return f"{count} B"


def parameters(count: int) -> str:
    """Write a number of parameters.

    >>> parameters(134515008), parameters(7_000_000_000), parameters(91_234)
    ('134.52M', '7B', '91K')
    """
    if count >= 10**9:
        return f"{count / 10**9:.0f}B" if count % 10**9 == 0 else f"{count / 10**9:.1f}B"
    if count >= 10**6:
        return f"{count / 10**6:.0f}M" if count % 10**6 == 0 else f"{count / 10**6:.2f}M"
    return f"{count / 1000:.0f}K" if count >= 1000 else str(count)


def when(stamp: str) -> str:
    """Say how long ago, or how far ahead, an RFC 3339 time lies: "2 minutes ago"."""
    # Python reads at most six digits of a second, Go writes nine.
    head, dot, tail = stamp.replace("Z", "+00:00").partition(".")
    if dot:
        digits = "".join(letter for letter in tail.split("+")[0].split("-")[0])
        stamp = f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"
    else:
        stamp = head
    try:
        ahead = datetime.fromisoformat(stamp).timestamp() - time.time()
    except (ValueError, OverflowError):
        return "Forever"
    if ahead > 20 * 365 * 86400:
        return "Forever"
    return f"{_span(ahead)} from now" if ahead > 0 else f"{_span(-ahead)} ago"


def stamp(seconds: float) -> str:
    """Write a time as RFC 3339 in UTC with fractions: "2026-11-22T17:02:39.597725Z"."""
    if seconds == float("inf"):
        return "2318-03-04T00:00:00Z"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _span(seconds: float) -> str:
    minutes, hours = int(seconds // 60), round(seconds / 3600)
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return "1 second" if int(seconds) == 1 else f"{int(seconds)} seconds"
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    for unit, length, limit in (("days", 24, 336), ("weeks", 168, 1440), ("months", 720, 17520)):
        if hours < limit:
            return f"{hours // length} {unit}"
    return f"{hours // 8760} years"
