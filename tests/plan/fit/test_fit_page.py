"""docs/fit.md shows what the tests hold: the table and the measurements never part."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_tables_are_drawn_from_the_measurements() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".config" / "fit_table.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_held_row_is_met_on_the_page() -> None:
    page = (ROOT / "docs" / "fit.md").read_text(encoding="utf-8")
    for section in ("rows", "card", "own"):
        table = page.partition(f"<!-- {section} -->")[2].partition(f"<!-- /{section} -->")[0]
        assert table.count("\n") > 10
        assert "**not met**" not in table
