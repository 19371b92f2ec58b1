"""Whose certificate opens a door: its own host's, those of its groups' hosts, and nobody's that was revoked."""

import datetime
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.allowed_clients import admitting, names
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.issued import Issued

ENDS = datetime.datetime(2059, 11, 30, tzinfo=datetime.UTC)
GROUPS = {
    "llm_hosts": ["llm1"],
    "chat_hosts": ["chat1", "chat 2"],
    "gateway_hosts": ["gate1"],
    "app_hosts": ["app1"],
}
DOOR = {
    "name": "ollama-api",
    "groups": ["chat_hosts", "app_hosts"],
    "groups_option": "ollama_api_groups",
    "tls": True,
}


@pytest.fixture
def variables(tmp_path):
    """Return the variables of llm1, in an inventory that lies in a folder of its own."""
    (tmp_path / "hosts.yml").write_text("")
    hosts = [host for members in GROUPS.values() for host in members]
    hostvars = {host: {"ansible_host": f"192.0.2.{10 * number}"} for number, host in enumerate(hosts, 1)}
    source = str(tmp_path / "hosts.yml")
    (tmp_path / ".ca" / "hosts").mkdir(parents=True)
    more = {"inventory_hostname": "llm1", "ansible_inventory_sources": [source]}
    return {"groups": GROUPS, "hostvars": hostvars, **more}


def write(variables, *every):
    folder = Path(variables["ansible_inventory_sources"][0]).parent
    (folder / ".ca" / "hosts" / "index.txt").write_text("".join(map(issued.line, every)))


EVERY = sorted(["app1", "chat1", identity("chat 2"), "llm1"])


def test_its_own_host_and_the_hosts_of_its_groups_are_let_in(variables):
    assert names(DOOR, variables) == EVERY
    door = admitting(DOOR, variables)
    assert door["allowed_names"] == EVERY
    assert door["allowed_clients"] == ["192.0.2.20", "192.0.2.30", "192.0.2.50"]


def test_a_door_of_no_groups_lets_in_its_own_host(variables):
    assert admitting({**DOOR, "groups": []}, variables)["allowed_names"] == ["llm1"]
    assert admitting({"name": "x", "tls": True}, variables)["allowed_names"] == ["llm1"]


def test_a_door_without_tls_names_nobody(variables):
    assert names({**DOOR, "tls": False}, variables) == []
    assert "allowed_names" not in admitting({**DOOR, "tls": False, "groups": []}, variables)


def test_a_program_outside_of_the_fleet_that_was_revoked_is_let_in_no_more_until_it_has_another(variables):
    revoked = Issued("app1", 1, ENDS, ENDS)
    write(variables, revoked)
    assert names(DOOR, variables) == [name for name in EVERY if name != "app1"]
    write(variables, revoked, Issued("app1", 2, ENDS))
    assert names(DOOR, variables) == EVERY


def test_a_host_of_the_fleet_that_was_revoked_stays_as_the_next_run_gives_it_another(variables):
    write(variables, Issued("chat1", 1, ENDS, ENDS), Issued("llm1", 2, ENDS, ENDS))
    assert names(DOOR, variables) == EVERY
