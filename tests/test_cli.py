"""The command line as a person meets it."""

import subprocess
import sys

from llamakeep import cli
from llamakeep.errors import Refusal


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "llamakeep", *words], capture_output=True, text=True, check=False)


def test_help_lists_every_verb():
    said = run("--help").stdout
    assert all(f"  {verb}" in said for verb in cli.VERBS)


def test_an_unknown_verb_is_refused_without_a_traceback():
    done = run("destroy")
    assert done.returncode == 2
    assert "No such command 'destroy'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_inventory_is_one_clear_message():
    done = run("plan", "-i", "inventories/none")
    assert done.returncode == 2
    assert "inventories/none" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_has_place_finding_expectation_and_remedy():
    refusal = Refusal(
        "hosts.yml:7", "no such setting", id="unknown-variable", expected="a setting of a role", remedy="mend it"
    )
    assert str(refusal) == "hosts.yml:7: no such setting\n  expected: a setting of a role\n  → mend it"
    assert refusal.coded == (
        "hosts.yml:7: no such setting  [unknown-variable]\n  expected: a setting of a role\n  → mend it"
    )
