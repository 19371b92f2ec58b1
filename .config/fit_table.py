"""Draws the tables of docs/fit.md: every measurement, and what the estimate says of it.

Usage: fit_table.py [--check]. With --check nothing is written; exit code 1 where the page is behind.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "plan" / "fit"))

from fit_rows import MIB, Row, rows, slopes  # noqa: E402 - it stands beside the tests that hold the same rows

PAGE = ROOT / "docs" / "fit.md"
SECTIONS = ("rows", "gaps", "caches", "card", "spills", "older", "slopes", "own")
_DEVICES = {"cuda": "CUDA", "rocm": "ROCm", "metal": "Metal", "cpu": "CPU"}


def table(section: str) -> str:
    """Return one table in Markdown."""
    draw = {"caches": _caches, "slopes": _slopes, "spills": _spills}.get(section)
    return "\n".join(draw() if draw is not None else _sizes(section))


def drawn(text: str) -> str:
    """Return the page with every table drawn anew between its marks."""
    for section in SECTIONS:
        begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n{table(section)}\n{end}{rest.partition(end)[2]}"
    return text


def _sizes(section: str) -> Iterator[str]:
    gaps = section == "gaps"
    last = " what is missing |" if gaps else " note |"
    yield f"| row | model | Ollama | on | context | slots | cache | batch | measured | estimated | error |{last}"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for row in rows(section):
        given = row.given
        if "held" in given:
            continue
        kind = given.get("cache_type", "f16") + ("" if row.flash else ", no flash attention")
        note = "; ".join(str(given[key]) for key in ("lacks", "note", "unmet") if key in given)
        if section == "card":
            many = f"{given.get('gpus', 1)} \N{MULTIPLICATION SIGN} {given['free_mib']} MiB free"
            note = many + (", spread" if "spread" in given else "")
        cells = (
            given.get("row", "own"),
            given["model"],
            given.get("ollama", "not stated"),
            _DEVICES[given["device"]],
            given["context"],
            given.get("parallel", 1),
            kind,
            row.load.batch,
            _measured(row),
            _estimated(row),
            f"{row.error:+.1%}".replace("+0.0%", "0").replace("-0.0%", "0"),
            note + ("" if row.met or section == "older" else " **not met**"),
        )
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _measured(row: Row) -> str:
    shown = row.given.get("size", row.given.get("text", f"{row.given.get('compute')} MiB of buffers"))
    return f"{shown:,} B" if isinstance(shown, int) else str(shown)


def _estimated(row: Row) -> str:
    shown = row.given.get("size", row.given.get("text", "MiB"))
    if isinstance(shown, int):
        return f"{row.estimated:,} B"
    if "MiB" in shown:
        return f"{row.estimated / MIB:,.1f} MiB"
    return f"{row.estimated / 1e9:.3f} GB"


def _caches() -> Iterator[str]:
    yield "| row | model | context | slots | cache | logged MiB | reckoned MiB |"
    yield "|---|---|---|---|---|---|---|"
    for row in [*rows("rows"), *rows("caches")]:
        given = row.given
        if "cache" in given:
            kind, slots = given.get("cache_type", "f16"), given.get("parallel", 1)
            logged = f"{given['cache']:.1f} | {row.cache / MIB:.1f}"
            yield f"| {given['row']} | {given['model']} | {given['context']} | {slots} | {kind} | {logged} |"


def _spills() -> Iterator[str]:
    yield "| model | context | free MiB | layers on the card | estimated |"
    yield "|---|---|---|---|---|"
    for row in rows("card"):
        given = row.given
        if "held" in given:
            of = f"of {row.model.blocks + 1}"
            cells = (given["model"], given["context"], given["free_mib"], f"{given['held']} {of}", f"{row.held} {of}")
            yield f"| {' | '.join(str(cell) for cell in cells)} |"


def _slopes() -> Iterator[str]:
    yield "| model | from | to | cards rose by MiB | estimate rises by MiB |"
    yield "|---|---|---|---|---|"
    for given, size in slopes():
        rises = ", ".join(map(str, given["mib"]))
        yield f"| {given['model']} | {given['context'][0]} | {given['context'][1]} | {rises} | {size / MIB:.0f} |"


def main(check: bool) -> int:
    """Draw, or compare."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = drawn(text)
    if text == wanted:
        return 0
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    print(f"docs/fit.md: {'is behind the measurements → make docs' if check else 'drawn anew'}")  # noqa: T201
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
