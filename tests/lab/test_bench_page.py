"""The tables of docs/benchmarks.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab.bench import page
from llamakeep_lab.bench.cost import Cost, cost_of, median
from llamakeep_lab.bench.peak import Held, Watch


def test_ratios_are_to_the_first_way() -> None:
    rows = {"10": [("bare ssh", Cost(0.5, 0.2)), ("observe", Cost(2.0, 1.0, Held(120_000_000, 16, 33)))]}
    assert page.table(rows, held=True)[2:] == [
        "| 10 | bare ssh | 0.50 | 0.20 | 1.0 | 1.0 |  |  |  |",
        "| 10 | observe | 2.00 | 1.00 | 4.0 | 5.0 | 120 | 16 | 33 |",
    ]


def test_a_part_is_replaced_and_the_rest_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    page.PAGE.write_text("before\n<!-- a -->\nold\n<!-- /a -->\nafter\n", encoding="utf-8")
    page.write("a", ["new", "lines"])
    assert page.PAGE.read_text(encoding="utf-8") == "before\n<!-- a -->\nnew\nlines\n<!-- /a -->\nafter\n"


def test_what_was_held_is_the_most_of_any_run() -> None:
    costs = [Cost(1, 3, Held(5, 1, 1)), Cost(2, 2, Held(1, 9, 2)), Cost(9, 1)]
    assert median(costs) == Cost(2, 2, Held(5, 9, 2))


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(Refusal, match="no such luck"):
        cost_of([sys.executable, "-c", "raise SystemExit('no such luck')"])


def test_children_are_watched_too() -> None:
    inner = "import time; held = bytearray(50_000_000); time.sleep(1)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with subprocess.Popen([sys.executable, "-c", outer]) as process, Watch(process.pid) as watch:
        process.wait()
    assert watch.peak.memory > 50_000_000
    assert watch.peak.descriptors >= 3
    assert watch.peak.threads == 1
