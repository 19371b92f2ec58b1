"""Who may connect to a door."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.allowed_clients import allowed_clients

GROUPS = {"all": ["llm1", "chat1", "chat2"], "chat_hosts": ["chat1", "chat2"], "nobody": []}
HOSTVARS = {
    "chat1": {"ansible_host": "chat1.example", "firewall_addresses": ["2001:db8::7", "192.0.2.7"]},
    "chat2": {"ansible_host": "192.0.2.8", "firewall_addresses": []},
}


def ask(*groups, **hostvars):
    return allowed_clients({"name": "ollama_api", "groups": groups}, GROUPS, {**HOSTVARS, **hostvars})


def test_named_addresses_come_before_the_one_by_which_a_host_is_reached():
    assert ask("chat_hosts") == {"ipv4": ["192.0.2.7", "192.0.2.8"], "ipv6": ["2001:db8::7"]}


def test_nobody_is_let_in_unless_a_group_is_named():
    assert ask() == ask("nobody") == {"ipv4": [], "ipv6": []}


def test_the_order_never_changes_and_nothing_stands_twice():
    assert ask("chat_hosts", "all", llm1={"ansible_host": "192.0.2.7"}) == ask("chat_hosts")


def test_a_network_is_taken_and_swallows_its_addresses():
    found = ask("chat_hosts", chat2={"firewall_addresses": ["192.0.2.0/28"]})
    assert found["ipv4"] == ["192.0.2.0/28"]


def test_a_host_is_reached_by_its_name_where_that_is_an_address():
    groups = {"chat_hosts": ["198.51.100.4"]}
    door = {"name": "ollama_api", "groups": ["chat_hosts"]}
    assert allowed_clients(door, groups, {"198.51.100.4": {}})["ipv4"] == ["198.51.100.4"]


def test_a_host_of_unknown_address_is_refused_by_name_with_the_variable():
    with pytest.raises(Refusal) as refused:
        ask("chat_hosts", chat2={"ansible_host": "chat2.example"})
    said = str(refused.value)
    assert said.startswith("firewall_addresses of chat2: unset, and chat2 is reached as 'chat2.example'")
    assert "→ set firewall_addresses for chat2" in said


def test_a_group_that_the_inventory_lacks_is_refused():
    with pytest.raises(Refusal, match="ollama_api_groups: the inventory has no group chat_host\n  expected: one of"):
        ask("chat_host")


def test_what_is_no_address_is_refused():
    with pytest.raises(Refusal, match=r"firewall_addresses of chat2: '192\.0\.2\.300'"):
        ask("chat_hosts", chat2={"firewall_addresses": ["192.0.2.300"]})


def test_a_network_with_host_bits_is_refused():
    with pytest.raises(Refusal, match="has host bits set"):
        ask("chat_hosts", chat2={"firewall_addresses": ["192.0.2.7/24"]})
