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
    assert ask("llm1") == {"fleet:allowed_clients": {"ipv4": ["192.0.2.4"], "ipv6": []}}
    assert ask("chat1")["fleet:chat_allowed_clients"] == {"ipv4": ["192.0.2.4"], "ipv6": []}


def test_a_host_in_no_group_of_ours_has_no_neighbours():
    assert neighbours("x", {"all": ["x"]}, {"x": {}}, option_of({"x": {}}, {}), LOCK, None) == {}


def test_a_chat_with_a_key_asks_the_gateway_by_its_name():
    gateway = {"host": "gate1", "domain": "example.org", "port": 443}
    assert ask("chat1")["fleet:upstream"] == {"models": {**gateway, "addresses": ["192.0.2.4"]}, "gateway": gateway}


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
