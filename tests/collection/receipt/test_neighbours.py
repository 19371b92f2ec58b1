"""What a host is made from that stands elsewhere in the inventory."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.neighbours import neighbours

LOCK = {"format": 1, "ollama": {}, "models": {}}
GROUPS = {"llm_hosts": ["llm1"], "chat_hosts": ["chat1"], "gateway_hosts": ["gate1"]}
HOSTVARS = {
    "llm1": {
        "ansible_host": "192.0.2.11",
        "ollama_api_groups": ["gateway_hosts"],
        "ollama_api_addresses": ["192.0.2.11"],
        "ollama_models_names": ["mistral:7b"],
    },
    "chat1": {
        "ansible_host": "192.0.2.5",
        "open_webui_groups": ["gateway_hosts"],
        "open_webui_addresses": ["192.0.2.5"],
        "open_webui_backend_key": "lk_x",
    },
    "gate1": {"ansible_host": "192.0.2.4", "gateway_domain": "example.org", "gateway_addresses": ["192.0.2.4"]},
}


def ask(host, groups=GROUPS, ca=None, **changed):
    hostvars = {name: {**values, **changed.get(name, {})} for name, values in HOSTVARS.items()}
    return neighbours(host, groups, hostvars, option_of(hostvars, {}), LOCK, ca)


def test_each_door_knows_its_allowed_clients():
    gate = {"ipv4": ["192.0.2.4"], "ipv6": []}
    assert ask("llm1") == {"fleet:allowed_clients": {**gate, "names": ["gate1"]}, "fleet:tls": {}}
    assert ask("chat1")["fleet:chat_allowed_clients"] == {**gate, "names": ["gate1"]}


def test_a_door_without_tls_knows_nobody_by_name():
    plain = ask("llm1", llm1={"ollama_api_tls": "none"})
    assert plain["fleet:allowed_clients"] == {"ipv4": ["192.0.2.4"], "ipv6": []}
    alone = ask("llm1", llm1={"ollama_api_addresses": ["127.0.0.1"], "ollama_api_groups": []})
    assert "names" not in alone["fleet:allowed_clients"]


def test_two_doors_of_the_same_groups_differ_by_how_they_speak():
    """What is kept for the next host has no part of this one in it."""
    hostvars = {**HOSTVARS, "llm2": {**HOSTVARS["llm1"], "ollama_api_tls": "none", "ansible_host": "192.0.2.12"}}
    groups, known = {**GROUPS, "llm_hosts": ["llm1", "llm2"]}, {}
    found = [
        neighbours(host, groups, hostvars, option_of(hostvars, {}), LOCK, None, known)["fleet:allowed_clients"]
        for host in ("llm1", "llm2", "llm1")
    ]
    assert ["names" in one for one in found] == [True, False, True]


def test_another_root_and_another_list_of_the_revoked_are_other_neighbours(tmp_path):
    folder = tmp_path / "hosts"
    folder.mkdir()
    seen = [ask("llm1", ca=tmp_path)["fleet:tls"]]
    for name in ("root.crt", "root.crl", "previous.crt", "previous.crl"):
        (folder / name).write_text(f"-----BEGIN {name}\n")
        seen.append(ask("llm1", ca=tmp_path)["fleet:tls"])
    assert seen[0] == {"roots": "", "revoked": ""}
    assert len({(one["roots"], one["revoked"]) for one in seen}) == len(seen)
    assert ask("gate1", ca=tmp_path)["fleet:tls"] == seen[-1]


def test_a_host_that_speaks_to_nobody_over_tls_has_no_part_in_it(tmp_path):
    plain = {"llm1": {"ollama_api_tls": "none"}, "chat1": {"open_webui_tls": "none"}}
    for host in GROUPS["llm_hosts"] + GROUPS["chat_hosts"] + GROUPS["gateway_hosts"]:
        assert "fleet:tls" not in ask(host, ca=tmp_path, **plain)


def test_a_host_in_no_group_of_ours_has_no_neighbours():
    assert neighbours("x", {"all": ["x"]}, {"x": {}}, option_of({"x": {}}, {}), LOCK, None) == {}


def test_a_chat_with_a_key_asks_the_gateway_by_its_name():
    gateway = {"host": "gate1", "domain": "example.org", "port": 443}
    models = {**gateway, "addresses": ["192.0.2.4"]}
    assert ask("chat1")["fleet:upstream"] == {"models": models, "gateway": gateway, "tls": ""}


def test_a_chat_without_a_key_asks_the_first_llm_host():
    opened = {"ollama_api_groups": ["chat_hosts"]}
    asked = ask("chat1", chat1={"open_webui_backend_key": ""}, llm1=opened)["fleet:upstream"]["models"]
    assert asked == {"host": "llm1", "addresses": ["192.0.2.11"], "port": 11434}


def test_a_chat_beside_ollama_asks_that_one():
    groups = {**GROUPS, "llm_hosts": ["llm1", "chat1"]}
    asked = ask("chat1", groups, chat1={"open_webui_backend_key": ""})["fleet:upstream"]["models"]
    assert asked == {"host": "chat1", "network": "sealed", "port": 11434}


def test_a_gateway_is_made_from_the_models_of_its_hosts():
    before, after = ask("gate1"), ask("gate1", llm1={"ollama_models_names": ["mistral:7b", "llama2"]})
    assert [model["name"] for model in before["fleet:routes"]["models"]] == ["mistral:7b"]
    assert before != after


def test_another_root_is_another_front(tmp_path):
    assert ask("gate1", ca=tmp_path)["fleet:root"] == ""
    (tmp_path / "root.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    assert ask("gate1", ca=tmp_path)["fleet:root"] == ask("chat1", ca=tmp_path)["fleet:root"] != ""
    assert "fleet:root" not in ask("llm1", ca=tmp_path)


def test_a_host_that_the_gateway_cannot_reach_is_refused():
    with pytest.raises(Refusals, match="ollama_api_groups of llm1"):
        ask("gate1", llm1={"ollama_api_groups": []})


DESKTOPS = {**GROUPS, "desktop_hosts": ["desk1"]}


def at_a_desktop(groups=DESKTOPS, ca=None, **changed):
    hostvars = {name: {**values, **changed.get(name, {})} for name, values in {**HOSTVARS, "desk1": {}}.items()}
    return neighbours("desk1", groups, hostvars, option_of(hostvars, {}), LOCK, ca)


def test_a_desktop_is_made_from_the_gateways_address_and_the_models(tmp_path):
    (tmp_path / "root.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    found = at_a_desktop(ca=tmp_path)
    told = found["fleet:chats_at"]
    assert (told["provider"]["address"], told["certificate"]) == ("https://api.example.org/v1", "internal")
    assert told["provider"]["models"] == ["mistral:7b"]
    assert found["fleet:root"].startswith("-----BEGIN")
    for changed in (
        {"gate1": {"gateway_domain": "example.net"}},
        {"gate1": {"gateway_https_port": 8443}},
        {"llm1": {"ollama_models_names": ["llama2"]}},
    ):
        assert at_a_desktop(ca=tmp_path, **changed)["fleet:chats_at"] != told


def test_a_desktop_trusts_a_root_only_where_the_certificate_comes_from_it(tmp_path):
    assert "fleet:root" not in at_a_desktop(ca=tmp_path, gate1={"gateway_certificate": "acme"})


def test_a_desktop_without_a_gateway_asks_the_first_llm_host():
    groups = {"llm_hosts": ["llm1"], "desktop_hosts": ["desk1"]}
    told = at_a_desktop(groups)
    assert told["fleet:chats_at"]["provider"]["address"] == "http://192.0.2.11:11434"
    assert told["fleet:chats_at"]["certificate"] == ""
    assert "fleet:root" not in told
    nobody = at_a_desktop({"desktop_hosts": ["desk1"]})
    assert nobody == {"fleet:chats_at": {"provider": {}, "certificate": ""}}
