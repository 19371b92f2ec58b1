"""Lines on standard error, in the two forms that a real server writes. Prompts are never in them."""

from __future__ import annotations

import os
import time

from . import durations


def log(level: str, message: str, **values: object) -> None:
    """Write one structured line: `time=… level=INFO source=standin msg="server config" env="map[…]"`."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    pairs = [("time", stamp), ("level", level), ("source", "standin"), ("msg", message), *values.items()]
    _write(" ".join(f"{name}={_quoted(str(value))}" for name, value in pairs))


def access(status: int, seconds: float, client: str, method: str, path: str) -> None:
    """Write one line for one request, in the form of gin's logger."""
    stamp = time.strftime("%Y/%m/%d - %H:%M:%S")
    took = durations.form(seconds)
    _write(f'[GIN] {stamp} | {status:3d} | {took:>13} | {client:>15} | {method:<8} "{path}"')


def _quoted(text: str) -> str:
    if text and not any(letter in text for letter in ' "=\n\t'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _write(line: str) -> None:
    # One write for one line: threads must not mix theirs.
    os.write(2, (line + "\n").encode("utf-8", errors="replace"))
