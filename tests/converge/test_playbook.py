"""The playbook runner, on this machine alone: local connection, no lab."""

import json
import sys

import pytest
from rich.console import Console

from llamakeep import converge
from llamakeep.converge import player
from llamakeep.converge.events import Events
from llamakeep.errors import Refusal

TASKS = """
- name: Try
  hosts: all
  gather_facts: false
  tasks:
    - name: configure | Touch
      ansible.builtin.raw: "true"
    - name: configure | Refuse on b
      ansible.builtin.fail: {msg: "b: port taken"}
      when: inventory_hostname == 'b'
    - name: configure | Go on
      ansible.builtin.raw: "true"
"""


@pytest.fixture
def inventory(tmp_path):
    hosts = "\n".join(f"    {name}: {{ansible_connection: local}}" for name in "abc")
    (tmp_path / "hosts.yml").write_text(
        f"all:\n  vars:\n    ansible_python_interpreter: {sys.executable}\n  hosts:\n{hosts}\n"
    )
    return tmp_path / "hosts.yml"


def test_one_host_that_fails_stops_no_other(inventory, tmp_path):
    (tmp_path / "try.yml").write_text(TASKS)
    log = converge.run(str(inventory), ("a", "b"), Console(), playbook=str(tmp_path / "try.yml"))
    assert {host.host: (host.state, host.changed) for host in log.hosts} == {
        "a": ("changed", 2),
        "b": ("failed", 1),
    }
    assert log.hosts[1].failure.message == "b: port taken"


def test_a_playbook_that_cannot_begin_is_refused_in_ansibles_words(inventory, tmp_path):
    (tmp_path / "broken.yml").write_text("- hosts: all\n  tasks: [{no_such_module: }]\n")
    with pytest.raises(Refusal, match="no_such_module"):
        converge.run(str(inventory), ("a",), Console(), playbook=str(tmp_path / "broken.yml"))


def events(*ended):
    found = Events(("a", "b"), lambda _: None)
    found.said = ["one line", "ERROR! the control node has no room", " "]
    for host in ("a", "b"):
        role = "receipt" if host in ended else "ollama"
        data = {"host": host, "role": role, "task": f"{role} | Do", "res": {}}
        found.take({"event": "runner_on_start", "event_data": data})
        found.take({"event": "runner_on_ok", "event_data": data})
    return found


def test_hosts_short_of_the_end_have_failed_where_ansible_failed():
    found = events("a")
    player._fail_what_never_ended(250, found)
    first, second = (host.log() for host in found.hosts.values())
    assert first.failure is None
    assert second.state == "failed"
    assert second.failure.task == "ollama | Do"
    assert second.failure.message == (
        "Ansible ended with exit code 250 before it was done\nERROR! the control node has no room"
    )


def test_nothing_is_added_where_ansible_is_content_or_a_host_says_why():
    content, told = events(), events()
    told.take({"event": "runner_on_failed", "event_data": {"host": "a", "task": "x", "res": {"msg": "no room"}}})
    player._fail_what_never_ended(0, content)
    player._fail_what_never_ended(2, told)
    assert [host.failure for host in content.hosts.values()] == [None, None]
    assert told.hosts["b"].failure is None


def test_models_that_are_left_out_are_told_by_host_and_only_where_there_are_some(tmp_path):
    play = player.Play("x", ("a",), "site.yml", left_out={"a": ("llama3.1:70b",), "b": ()})
    words = play._words(tmp_path)
    assert words == ["--limit", f"@{tmp_path}/hosts", "--extra-vars", f"@{tmp_path}/variables.json"]
    told = json.loads((tmp_path / "variables.json").read_text())
    assert told == {"__ollama_models_left_out": {"a": ["llama3.1:70b"]}}
    for nothing in ({"a": ()}, {}, None):
        assert player.Play("x", ("a",), "site.yml", left_out=nothing)._words(tmp_path) == words[:2]


def test_nothing_is_piped_to_the_hosts_that_insist_on_a_terminal(tmp_path):
    words = player.Play("x", ("a", "b"), "site.yml", ttys=("b",))._words(tmp_path)
    assert words[2:] == ["--inventory", f"{tmp_path}/ttys.json"]
    told = json.loads((tmp_path / "ttys.json").read_text())
    assert told == {"all": {"hosts": {"b": {"ansible_pipelining": False}}}}


def test_only_a_check_is_one(tmp_path):
    assert player.Play("x", ("a",), "site.yml", is_check=True)._words(tmp_path)[2:] == ["--check", "--diff"]
