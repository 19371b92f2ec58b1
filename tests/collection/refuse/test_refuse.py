"""A task of a role says no: with the text that the operator reads, and with the parts as data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import (
    PARTS,
    as_mappings,
    from_arguments,
    text,
)
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
ONE = {
    "id": "archive-without-hash",
    "place": "ollama_archive_url",
    "found": "has no hash",
    "expected": "both, or neither",
    "remedy": "set it",
}
OTHER = {"id": "port-invalid", "place": "ollama_api_port", "found": "0 is no port", "expected": "", "remedy": ""}
SAID = "ollama_archive_url: has no hash\n  expected: both, or neither\n  → set it"
TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))


def test_the_text_is_that_of_the_refusals():
    assert text(from_arguments(ONE)) == SAID
    assert text(from_arguments({"refusals": [ONE, OTHER]})) == f"{SAID}\nollama_api_port: 0 is no port"


def test_without_a_place_the_text_begins_with_what_was_found():
    assert text(from_arguments({"id": "backup-failed", "found": "disk: is full\n  → make room"})) == (
        "disk: is full\n  → make room"
    )


def test_refusals_go_into_a_role_and_come_back_as_they_were():
    one, other = (
        Refusal("a", "is 1", expected="2", remedy="set it", id="a-is-one"),
        Refusal("b", "is 3", id="b-is-three"),
    )
    first, second = as_mappings(Refusals([one, other]).all)
    assert first == {"id": "a-is-one", "place": "a", "found": "is 1", "expected": "2", "remedy": "set it"}
    assert second == {"id": "b-is-three", "place": "b", "found": "is 3", "expected": "", "remedy": ""}
    assert one.all == (one,)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(PARTS, TEXT))))
def test_whatever_is_refused_stays_what_it_is(mappings):
    assert as_mappings(from_arguments({"refusals": mappings})) == mappings


def play(tmp_path, task):
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    return subprocess.run(
        [PLAYBOOK, "-i", "localhost,", "-c", "local", path, "-v"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_task_fails_with_text_and_data(tmp_path):
    refuse = {"refusals": "{{ [one, other] }}"}
    done = play(tmp_path, {"name": "Fail", "llamakeep.fleet.refuse": refuse, "vars": {"one": ONE, "other": OTHER}})
    assert done.returncode == 2
    result = json.loads(done.stdout.partition("FAILED! => ")[2].partition("\n\nPLAY RECAP")[0])
    assert result["refusals"] == [ONE, OTHER]
    assert result["msg"] == f"{SAID}\nollama_api_port: 0 is no port"
    assert result["changed"] is False


@pytest.mark.parametrize("wrong", [{}, {"id": "a", "plaec": "b"}, {"found": "no code"}, {**ONE, "refusals": [OTHER]}])
def test_a_task_that_says_nothing_is_a_fault_of_the_role(tmp_path, wrong):
    done = play(tmp_path, {"name": "Fail", "llamakeep.fleet.refuse": wrong})
    assert done.returncode != 0
    assert '"refusals":' not in done.stdout


def tasks(value):
    """Return every task of a file, those in blocks too."""
    for each in value or ():
        yield each
        for part in ("block", "rescue", "always"):
            yield from tasks(each.get(part))


def test_every_task_of_a_role_that_says_no_has_a_code():
    """What a lookup refuses has one by its rule; a task's own stands in the task."""
    codes = []
    for path in sorted(ROOT.glob("roles/*/tasks/*.yml")):
        for task in tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            assert "ansible.builtin.fail" not in task, f"{path.parent.parent.name}: {task['name']}"
            arguments = task.get("llamakeep.fleet.refuse")
            if arguments is not None and "refusals" not in arguments:
                codes.append(arguments["id"])
    assert len(codes) > 15
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)
