"""What the commands print, in a real client's layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import durations

_GAP = "    "


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out in columns four spaces apart."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def processor(size: int, on_gpu: int) -> str:
    """Say where a model lies: "100% GPU", "40%/60% CPU/GPU"."""
    if on_gpu == 0:
        return "100% CPU"
    if on_gpu == size:
        return "100% GPU"
    cpu = round((size - on_gpu) / size * 100)
    return f"{cpu}%/{100 - cpu}% CPU/GPU"


def described(shown: dict[str, Any]) -> str:
    """Lay out the answer of /api/show."""
    info, details = shown.get("model_info", {}), shown.get("details", {})
    family = info.get("general.architecture", details.get("family", ""))
    facts = [
        ("architecture", family),
        ("parameters", details.get("parameter_size", "")),
        ("context length", info.get(f"{family}.context_length", "")),
        ("embedding length", info.get(f"{family}.embedding_length", "")),
        ("quantization", details.get("quantization_level", "")),
    ]
    parts = [_part("Model", [(name, str(value)) for name, value in facts if value != ""])]
    parts.append(_part("Capabilities", [(each,) for each in shown.get("capabilities", ())]))
    options = [tuple(line.split(None, 1)) for line in shown.get("parameters", "").splitlines()]
    parts.append(_part("Parameters", options))
    for name in ("System", "License"):
        lines = [line.strip() for line in shown.get(name.lower(), "").splitlines() if line.strip()]
        parts.append(_part(name, [(line,) for line in lines[:2] + ["..."] * (len(lines) > 2)]))
    return "\n".join(part for part in parts if part)


def timings(last: dict[str, Any]) -> str:
    """Return the lines of `ollama run --verbose`."""
    seconds = {name: last.get(name, 0) / 1e9 for name in ("total_duration", "load_duration", "eval_duration")}
    count = last.get("eval_count", 0)
    rate = count / seconds["eval_duration"] if seconds["eval_duration"] else 0.0
    lines = [
        ("total duration:", durations.form(seconds["total_duration"])),
        ("load duration:", durations.form(seconds["load_duration"])),
        ("prompt eval count:", f"{last.get('prompt_eval_count', 0)} token(s)"),
        ("eval count:", f"{count} token(s)"),
        ("eval rate:", f"{rate:.2f} tokens/s"),
    ]
    return "".join(f"{name:<21}{value}\n" for name, value in lines)


def _part(head: str, rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    width = max(len(row[0]) for row in rows)
    lines = [f"    {row[0]:<{width}}{_GAP}{row[1] if len(row) > 1 else ''}".rstrip() for row in rows]
    return "\n".join([f"  {head}", *lines, ""])
