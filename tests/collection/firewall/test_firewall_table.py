"""The nft table of a host, as its template writes it."""

import jinja2
import pytest
from ansible.plugins.filter.core import flatten

from hosts import ROOT

TEMPLATES = ROOT / "roles" / "firewall" / "templates"
DOOR = {"name": "ollama_api", "ports": [11434], "groups": ["chat_hosts"]}
CLIENTS = {"ipv4": ["192.0.2.7"], "ipv6": []}
HOST = {
    "__firewall_doors": [DOOR],
    "__firewall_share": 1024,
    "__firewall_manage_port": 11436,
    "__firewall_manage_uids": [0, 1000],
    "__firewall_has_gateway": False,
    "__firewall_gateway_uid": "",
}
GATEWAY = {
    "__firewall_has_gateway": True,
    "__firewall_gateway_uid": 990,
    "__firewall_gateway_ports": [443, 8405],
    "__firewall_gateway_routes": {
        "reaches": [
            {"family": "ip", "address": "192.0.2.11", "port": 11434},
            {"family": "ip6", "address": "2001:db8::12", "port": 11434},
        ],
        "guarded": [{"family": "ip6", "address": "2001:db8::12", "port": 11434}],
    },
}


def chains(**variables):
    """Return chain -> its lines, in the table's order."""
    files = jinja2.FileSystemLoader(TEMPLATES)
    world = jinja2.Environment(loader=files, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701
    world.filters["flatten"] = flatten
    world.globals["lookup"] = lambda *_: CLIENTS
    found, name = {}, ""
    for line in world.get_template("firewall.nft.j2").render(**HOST | variables).splitlines():
        words = line.split()
        if words[:1] in (["chain"], ["set"]):
            name = words[1] if words[0] == "chain" else ""
        elif name and words not in ([], ["}"]) and words[0] != "#":
            found.setdefault(name, []).append(" ".join(words))
    return found


def test_the_doors_come_first():
    assert next(iter(chains())) == "doors"  # who opens a host by hand does it there


def test_models_are_managed_by_root_and_the_users_who_are_named():
    assert chains()["manage"] == [
        "type filter hook output priority filter; policy accept;",
        'oif != "lo" accept',
        "tcp dport != 11436 accept",
        "tcp flags & (syn | ack) != syn accept",
        "meta skuid { 0, 1000 } accept",
        "reject with tcp reset",
    ]
    assert chains()["doors"][-1] == "tcp dport 11436 drop"


def test_where_no_models_are_there_is_nothing_to_manage():
    assert "manage" not in chains(__firewall_manage_port=0)
    assert "11436" not in str(chains(__firewall_manage_port=0))


@pytest.mark.parametrize("uid", [990, ""])
def test_a_gateways_user_alone_and_root_pass_to_the_doors_behind_it(uid):
    jump = ["meta skuid 990 jump gateway"] if uid else []
    assert chains(**{**GATEWAY, "__firewall_gateway_uid": uid})["out"] == [
        "type filter hook output priority filter; policy accept;",
        *jump,
        "meta skuid 0 accept",
        "ip6 daddr 2001:db8::12 tcp dport 11434 tcp flags & (syn | ack) == syn reject with tcp reset",
    ]
