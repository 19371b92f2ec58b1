"""What the operator gets wrong before any host is asked: one clear message, exit 2, no traceback."""

import subprocess
import sys

import pytest

EMPTY_GROUP = "all: {children: {llm_hosts: {hosts: {}}}}\n"
OFFICE = """\
all:
  children:
    llm_hosts:
      hosts:
        gpu01: {ansible_host: 192.0.2.7}
    untrusted:
      hosts:
        outsider: {ansible_host: 192.0.2.8}
    spare: {hosts: {}}
"""
UNPINNED = OFFICE.replace("192.0.2.7}", "192.0.2.7, ollama_models_names: ['nosuch:7b']}")


def refused(folder, *words: str) -> str:
    command = [sys.executable, "-m", "llamakeep", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def office(tmp_path):
    (tmp_path / "office.yml").write_text(OFFICE)
    return tmp_path


@pytest.mark.parametrize("text", ["", EMPTY_GROUP, "all: {children: {llm_hosts: }}\n"])
@pytest.mark.parametrize("verb", ["plan", "observe"])
def test_an_inventory_without_hosts(tmp_path, verb, text):
    (tmp_path / "office.yml").write_text(text)
    said = refused(tmp_path, verb, "-i", "office.yml")
    assert said.startswith("llamakeep: office.yml: the inventory names no host  [inventory-empty]\n")
    assert "expected: hosts in the group llm_hosts" in said


@pytest.mark.parametrize("verb", ["plan", "observe"])
def test_an_inventory_that_is_not_there(tmp_path, verb):
    assert refused(tmp_path, verb, "-i", "inventories/none").startswith(
        "llamakeep: inventories/none: there is no such inventory  [inventory-missing]\n"
    )


@pytest.mark.parametrize("verb", ["plan", "observe"])
def test_a_model_without_a_lock_entry(tmp_path, verb):
    (tmp_path / "office.yml").write_text(UNPINNED)
    said = refused(tmp_path, verb, "-i", "office.yml")
    assert "office.yml:5: nosuch:7b is not in llamakeep.lock" in said
    assert "→ llamakeep lock -i office.yml" in said


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("nothing", "nothing is neither a host nor a group of the inventory"),
        ("gpu1", "did you mean gpu01?"),
        ("spare", "matches no host of the inventory"),
        ("all:!all", "matches no host of the inventory"),
        ("", "--limit is empty"),
        (" , ", "--limit is empty"),
    ],
)
def test_a_limit_that_leaves_no_host(office, limit, said):
    assert said in refused(office, "plan", "-i", "office.yml", "--diff", "--limit", limit)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("gpu1", "did you mean gpu01?"),
        ("outsider", "no role manages this host: there is nothing to plan"),
    ],
)
def test_the_plan_of_a_host_that_has_none(office, host, said):
    assert said in refused(office, "plan", "-i", "office.yml", "--host", host)


def test_here_and_an_inventory_are_two_answers_to_one_question(office):
    assert "Either -i PATH or --here, not both." in refused(office, "plan", "-i", "office.yml", "--here")


def test_here_before_anything_was_set_up_here(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    said = refused(tmp_path, "plan", "--here")
    assert "there is no inventory of this machine yet" in said
    assert "→ llamakeep up --here makes it" in said


def test_no_inventory_at_all(tmp_path):
    assert "missing -i INVENTORY" in refused(tmp_path, "observe")
