"""docs/benchmarks.md: each bench writes the part between its own marks."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from llamakeep_lab.bench.cost import Cost

PAGE = Path("docs/benchmarks.md")
Rows = list[tuple[str, Cost]]  # the first one is what the others are compared with


def conditions(runs: int, *packages: str) -> str:
    """Return when and with what it was measured."""
    used = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores in all; medians of {runs} interleaved runs"
        f"{f'; {used}' if used else ''}."
    )


def table(rows: dict[str, Rows], *, held: bool = False) -> list[str]:
    """Return the lines of a Markdown table with ratios to the first way of the same run."""
    heads = ["hosts", "way", "wall s", "control-node CPU s", "wall, ratio", "CPU, ratio"]
    heads += ["memory MB", "descriptors", "threads"] if held else []
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for hosts, costs in rows.items():
        bare = costs[0][1]
        for way, cost in costs:
            cells = [hosts, way, f"{cost.wall:.2f}", f"{cost.cpu:.2f}"]
            cells += [f"{cost.wall / bare.wall:.1f}", f"{cost.cpu / bare.cpu:.1f}"]
            cells += _held(cost) if held else []
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _held(cost: Cost) -> list[str]:
    if not cost.held.memory:
        return ["", "", ""]
    return [f"{cost.held.memory / 1e6:.0f}", str(cost.held.descriptors), str(cost.held.threads)]


def write(part: str, lines: Iterable[str]) -> None:
    """Put the lines between `<!-- part -->` and `<!-- /part -->`."""
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    body = "\n".join(lines)
    PAGE.write_text(f"{head}{begin}\n{body}\n{end}{rest.partition(end)[2]}", encoding="utf-8")
