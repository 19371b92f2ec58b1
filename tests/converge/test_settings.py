"""How Ansible is run: our own values only where the operator set none."""

from pathlib import Path

import pytest

from llamakeep import collection
from llamakeep.converge.settings import environment
from llamakeep.hosts.settings import note

OURS = {"ANSIBLE_FORKS", "ANSIBLE_PIPELINING", "ANSIBLE_SSH_ARGS", "ANSIBLE_TIMEOUT"}


@pytest.fixture(autouse=True)
def nothing_set(tmp_path, monkeypatch):
    """Stand in a folder without ansible.cfg, at home in another."""
    for name in (*OURS, "ANSIBLE_SSH_TIMEOUT", "ANSIBLE_SSH_PIPELINING", "ANSIBLE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def ours(tmp_path):
    return OURS & environment(tmp_path / "progress").keys()


@pytest.mark.parametrize(("hosts", "seconds"), [(256, "300s"), (257, "60s")])
def test_the_connections_of_many_hosts_do_not_outlast_a_stage(tmp_path, hosts, seconds):
    assert environment(tmp_path, hosts=hosts)["ANSIBLE_SSH_ARGS"].endswith(f"={seconds} -o ServerAliveInterval=15")
    assert bool(note(hosts)) is (hosts > 256)


def test_where_nothing_is_set_the_values_are_ours(tmp_path):
    assert ours(tmp_path) == OURS
    assert environment(tmp_path)["ANSIBLE_FORKS"] == "50"


@pytest.mark.parametrize(
    ("variable", "settled"),
    [
        ("ANSIBLE_SSH_ARGS", "ANSIBLE_SSH_ARGS"),
        ("ANSIBLE_SSH_TIMEOUT", "ANSIBLE_TIMEOUT"),
        ("ANSIBLE_SSH_PIPELINING", "ANSIBLE_PIPELINING"),
    ],
)
def test_a_variable_of_the_operator_stays(tmp_path, monkeypatch, variable, settled):
    monkeypatch.setenv(variable, "7")
    assert ours(tmp_path) == OURS - {settled}


@pytest.mark.parametrize("place", ["ansible.cfg", "home/.ansible.cfg", "named.cfg"])
def test_a_key_in_the_ansible_cfg_in_force_stays(tmp_path, monkeypatch, place):
    (tmp_path / place).write_text(
        "[defaults]\nforks = 5\n[ssh_connection]\nssh_args = -F %h.cfg\npipelining=no\ntimeout=3\n"
    )
    if place == "named.cfg":
        (tmp_path / "ansible.cfg").write_text("[defaults]\n")
        monkeypatch.setenv("ANSIBLE_CONFIG", place)
    assert ours(tmp_path) == set()


def test_an_ansible_cfg_that_cannot_be_read_is_left_to_ansible(tmp_path):
    (tmp_path / "ansible.cfg").write_text("forks = 5\n")
    assert ours(tmp_path) == OURS


@pytest.mark.parametrize("told", ["nothing", "variable", "config"])
def test_the_kits_own_collection_comes_before_every_place_of_the_operator(tmp_path, monkeypatch, told):
    monkeypatch.delenv("ANSIBLE_COLLECTIONS_PATH", raising=False)
    monkeypatch.setenv("ANSIBLE_HOME", "~/own")
    if told == "variable":
        monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", "mine:/opt/collections")
    if told == "config":
        (tmp_path / "ansible.cfg").write_text("[defaults]\ncollections_path = mine:{{CWD}}/more\n")
    expected = {
        "nothing": [f"{tmp_path}/home/own/collections", "/usr/share/ansible/collections"],
        "variable": [f"{tmp_path}/mine", "/opt/collections"],
        "config": [f"{tmp_path}/mine", f"{tmp_path}/more"],
    }
    first, *others = environment(tmp_path)["ANSIBLE_COLLECTIONS_PATH"].split(":")
    assert (Path(first) / "ansible_collections" / "llamakeep" / "fleet").resolve() == collection.root()
    assert others == expected[told]


def test_only_a_check_brings_its_things_to_where_nothing_stays(tmp_path, monkeypatch):
    assert "ANSIBLE_REMOTE_TMP" not in environment(tmp_path)
    assert environment(tmp_path, is_check=True)["ANSIBLE_REMOTE_TMP"] == "/tmp"
    (tmp_path / "ansible.cfg").write_text("[defaults]\nremote_tmp = /var/tmp/own\n")
    assert "ANSIBLE_REMOTE_TMP" not in environment(tmp_path, is_check=True)
