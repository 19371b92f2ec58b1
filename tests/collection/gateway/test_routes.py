"""To which hosts a gateway leads, and what of the inventory it refuses."""

import datetime
import json

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.confinement import guarded, reaches
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.gateway import listens, refusals, routes, spellings
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity

GROUPS = {"llm_hosts": ["llm1", "llm2"], "chat_hosts": ["chat1"], "gateway_hosts": ["gate1"]}
COMMON = {
    "ollama_api_addresses": ["127.0.0.1", "2001:db8::11", "192.0.2.11"],
    "ollama_api_groups": ["gateway_hosts"],
    "ollama_api_port": 11434,
    "ollama_api_tls": "mutual",
    "ollama_num_parallel": 2,
    "ollama_models_names": ["mistral:7b", {"name": "llama3.1:70b", "on_misfit": "skip"}],
    "left_out": [],
    "open_webui_addresses": ["127.0.0.1", "192.0.2.21"],
    "open_webui_groups": ["gateway_hosts"],
    "open_webui_port": 8080,
    "open_webui_tls": "mutual",
    "open_webui_uploads": False,
    "firewall_addresses": [],
    "ansible_host": "",
}
LOCK = {
    "models": {
        "mistral:7b": {"size": 4, "digest": "ab", "dimensions": {"architecture": "llama", "context": 8, "embedding": 2}}
    }
}


def lead(gateway="gate1", groups=GROUPS, **hosts):
    return routes(gateway, groups, lambda host, name: {**COMMON, **hosts.get(host, {})}[name], LOCK)


def having(found, name):
    return next([host["name"] for host in model["hosts"]] for model in found["models"] if model["name"] == name)


def test_a_model_leads_to_the_hosts_that_have_it_and_to_no_other():
    found = lead(llm2={"ollama_models_names": ["mistral:7b", "qwen3"]})
    assert having(found, "mistral:7b") == ["llm1", "llm2"]
    assert having(found, "llama3.1:70b") == ["llm1"]
    assert having(found, "qwen3:latest") == ["llm2"]


def test_a_model_that_was_left_out_on_a_host_does_not_lead_there():
    assert having(lead(llm1={"left_out": ["llama3.1:70b"]}), "llama3.1:70b") == ["llm2"]


def test_a_host_is_reached_at_its_ipv4_address_before_its_ipv6_address_and_never_at_loopback():
    assert lead()["hosts"][0]["endpoint"] == "192.0.2.11:11434"
    only6 = lead(llm1={"ollama_api_addresses": ["::1", "2001:db8::11"]})
    assert only6["hosts"][0]["endpoint"] == "[2001:db8::11]:11434"


def test_on_the_same_host_it_is_loopback_and_no_group_is_needed():
    others = {"llm2": {"ollama_api_groups": ["llm_hosts"]}, "chat1": {"open_webui_groups": ["llm_hosts"]}}
    found = lead("llm1", llm1={"ollama_api_groups": []}, **others)
    assert found["hosts"][0]["endpoint"] == "127.0.0.1:11434"


def test_a_host_that_listens_everywhere_is_reached_at_its_own_address():
    found = lead(llm1={"ollama_api_addresses": ["0.0.0.0"], "ansible_host": "192.0.2.99"})
    assert found["hosts"][0]["endpoint"] == "192.0.2.99:11434"


def test_every_host_that_would_not_let_the_gateway_in_is_named_at_once():
    with pytest.raises(Refusals) as refused:
        lead(llm1={"ollama_api_groups": []}, llm2={"ollama_api_addresses": ["127.0.0.1"]})
    said = str(refused.value)
    assert "ollama_api_groups of llm1: names no group of gate1" in said
    assert "ollama_api_addresses of llm2: has loopback alone, where gate1 cannot connect" in said


def test_a_chat_host_that_would_not_let_the_gateway_in_is_named():
    chat = {"name": "chat1", "endpoint": "192.0.2.21:8080", "tls": "chat1", "takes_files": False}
    assert lead()["chats"] == [chat]
    assert lead(chat1={"open_webui_uploads": "yes"})["chats"][0]["takes_files"] is True
    with pytest.raises(Refusals, match="open_webui_groups of chat1: names no group of gate1"):
        lead(chat1={"open_webui_groups": []})


def test_over_the_network_each_is_verified_by_its_name_and_on_loopback_nobody_is():
    assert [host["tls"] for host in lead()["hosts"]] == ["llm1", "llm2"]
    groups = {**GROUPS, "llm_hosts": ["llm1", "gate1"], "chat_hosts": ["gate1"]}
    own = lead(groups=groups)
    assert [(host["name"], host["endpoint"], host["tls"]) for host in own["hosts"]] == [
        ("llm1", "192.0.2.11:11434", "llm1"),
        ("gate1", "127.0.0.1:11434", ""),
    ]
    assert own["chats"][0]["tls"] == ""


def test_a_door_that_is_named_plain_is_asked_without_tls():
    plain = lead(llm1={"ollama_api_tls": "none"}, chat1={"open_webui_tls": "none"})
    assert [host["tls"] for host in plain["hosts"]] == ["", "llm2"]
    assert plain["chats"][0]["tls"] == ""


def test_a_host_with_an_odd_name_is_verified_by_the_name_that_its_certificate_bears():
    groups = {**GROUPS, "llm_hosts": ["gpu 1"]}
    (host,) = lead(groups=groups)["hosts"]
    assert host["tls"] == identity("gpu 1") != "gpu 1"


def test_what_it_may_speak_to_is_every_door_once_and_always_in_the_same_order():
    found = lead(llm1={"ollama_api_addresses": ["2001:db8::11"]}, llm2={"ollama_api_addresses": ["192.0.2.9"]})
    assert [(door["family"], door["address"], door["port"]) for door in reaches(found)] == [
        ("ip", "192.0.2.9", 11434),
        ("ip", "192.0.2.21", 8080),
        ("ip6", "2001:db8::11", 11434),
    ]
    assert len(reaches(lead())) == 2  # two hosts at one address


def test_a_model_is_known_by_every_name_that_clients_write():
    assert spellings("mistral:latest") == [
        "mistral:latest",
        "library/mistral:latest",
        "registry.ollama.ai/library/mistral:latest",
        "mistral",
        "library/mistral",
        "registry.ollama.ai/library/mistral",
    ]
    assert spellings("Someone/Model:1B") == ["someone/model:1b", "registry.ollama.ai/someone/model:1b"]


def test_two_models_never_share_a_backend():
    found = lead(llm1={"ollama_models_names": ["a/b:1", "a.b:1"]}, llm2={"ollama_models_names": []})
    assert sorted(model["backend"] for model in found["models"]) == ["a.b:1", "a.b:1_"]
    assert found["names"]["a/b:1"] != found["names"]["a.b:1"]


def test_the_lists_tell_the_union_of_the_hosts_models_as_the_lock_knows_them():
    found = lead(llm2={"ollama_models_names": ["qwen3"]})
    tags = {model["name"]: model for model in json.loads(found["tags"])["models"]}
    assert set(tags) == {"mistral:7b", "llama3.1:70b", "qwen3:latest"}
    assert tags["mistral:7b"]["digest"] == "ab"
    assert tags["mistral:7b"]["details"]["family"] == "llama"
    assert [model["id"] for model in json.loads(found["listed"])["data"]] == sorted(tags)


def test_what_the_hosts_say_of_a_model_is_told_and_nothing_is_made_up():
    known = {"mistral:7b": {"capabilities": ["completion", "tools"], "details": {"parameter_size": "7.2B"}}}
    found = routes("gate1", GROUPS, lambda _, name: COMMON[name], LOCK, known)
    tags = {model["name"]: model for model in json.loads(found["tags"])["models"]}
    assert tags["mistral:7b"]["capabilities"] == ["completion", "tools"]
    assert tags["mistral:7b"]["details"]["parameter_size"] == "7.2B"
    assert tags["mistral:7b"]["details"]["family"] == "llama"
    assert "capabilities" not in tags["llama3.1:70b"]


def test_a_list_that_is_long_makes_the_buffers_longer():
    names = [f"model-with-a-name-of-some-length-{number}:7b" for number in range(400)]
    found = lead(llm1={"ollama_models_names": names})
    assert found["buffer"] >= 2 * len(found["tags"]) > 65536


TOLD = {
    "gateway_domain": "example.org",
    "gateway_addresses": ["192.0.2.10", "2001:db8::10"],
    "gateway_https_port": 443,
    "gateway_metrics_port": 8405,
    "gateway_rate": 600,
    "gateway_request_limit": 33554432,
    "gateway_queue_limit": 60,
    "gateway_certificate": "internal",
    "gateway_certificate_and_key": "",
    "gateway_keys": {"ann": {"sha256": "a" * 64, "created": "2026-11-22", "rate": 5}, "bob": {"sha256": "b" * 64}},
}


def wrong(**told):
    return [f"{refusal.place}: {refusal.found}" for refusal in refusals({**TOLD, **told})]


def test_sound_options_are_not_refused():
    assert wrong() == []
    assert listens(TOLD) == ["192.0.2.10:443", "[2001:db8::10]:443"]


@pytest.mark.parametrize("domain", ["", "exa mple.org", "example.org'", "-x.org", "a..b", "x" * 300])
def test_what_is_no_domain_is_refused(domain):
    assert [line.partition(":")[0] for line in wrong(gateway_domain=domain)] == ["gateway_domain"]


def test_numbers_out_of_bounds_are_named_with_their_bounds():
    found = refusals({**TOLD, "gateway_rate": 0, "gateway_request_limit": 10})
    assert [refusal.place for refusal in found] == ["gateway_rate", "gateway_request_limit"]
    assert found[0].expected == "1 to 1000000"


def test_two_ports_that_are_one_are_refused():
    assert wrong(gateway_metrics_port=443) == ["gateway_metrics_port: is gateway_https_port as well"]


def test_addresses_that_are_none_are_refused():
    assert len(wrong(gateway_addresses=["gate.example.org", "[2001:db8::1]", "192.0.2.1:443"])) == 3
    assert wrong(gateway_addresses=[]) == ["gateway_addresses: is empty"]


def test_keys_that_would_spoil_the_map_are_refused_by_name():
    keys = {
        "two words": {"sha256": "a" * 64},
        "no-hash": {},
        "twin": {"sha256": "A" * 64},
        "slow": {"sha256": "c" * 64, "rate": 0},
        "broken": {"sha256": "d" * 32 + "\n" + "d" * 32},
        "text": "lk_secret",
        "yes": {"sha256": "e" * 64, "rate": True},
    }
    found = wrong(gateway_keys=keys)
    assert [line.partition(":")[0].removeprefix("gateway_keys.") for line in found] == list(keys)
    assert "gateway_keys.broken: its sha256 has a blank or a line break in it" in found
    assert "lk_secret" not in "\n".join(str(refusal) for refusal in refusals({**TOLD, "gateway_keys": keys}))


@pytest.mark.parametrize(
    ("previous", "said"),
    [
        (["2026-11-29"], "gateway_keys.cid.previous: is no list of old keys"),
        ({"until": "2026-11-29"}, "gateway_keys.cid.previous: is no list of old keys"),
        ([{"sha256": "d" * 64, "until": "29.11.2026"}], "gateway_keys.cid.previous[0]: its until is '29.11.2026'"),
        ([{"sha256": "d" * 64}], "gateway_keys.cid.previous[0]: has no day on which it ends"),
        ([{"until": "2026-11-29"}], "gateway_keys.cid.previous[0]: has no sha256 of a key"),
        ([{"sha256": "A" * 64, "until": "2026-11-29"}], "gateway_keys.cid.previous[0]: has the same key as ann"),
    ],
    ids=["days", "mapping", "date", "endless", "keyless", "twin"],
)
def test_an_old_key_that_would_spoil_the_map_is_refused_by_its_place(previous, said):
    keys = {**TOLD["gateway_keys"], "cid": {"sha256": "c" * 64, "previous": previous}}
    assert wrong(gateway_keys=keys) == [said]


@pytest.mark.parametrize("until", ["2026-11-29", datetime.date(2026, 11, 29)])
def test_an_old_key_in_grace_is_taken(until):
    keys = {"cid": {"sha256": "c" * 64, "previous": [{"sha256": "d" * 64, "until": until}]}}
    assert wrong(gateway_keys=keys) == []


def kept(gateway="gate1", groups=GROUPS, **hosts):
    chat = {"open_webui_backend": "", "open_webui_backend_key": "", "ollama_network": "sealed"}
    chat |= {"gateway_domain": "example.org", "gateway_https_port": 443}

    def option(host, name):
        return {**COMMON, **chat, **hosts.get(host, {})}[name]

    found = guarded(gateway, routes(gateway, groups, option, LOCK), groups, option)
    return [f"{door['address']} {door['port']}" for door in found]


LLM2 = {"llm2": {"ollama_api_addresses": ["192.0.2.12"], "ollama_api_groups": ["gateway_hosts", "chat_hosts"]}}


def test_other_users_of_a_gateways_host_are_kept_from_the_doors_behind_it():
    assert kept(**LLM2) == ["192.0.2.11 11434", "192.0.2.12 11434", "192.0.2.21 8080"]


def test_the_doors_of_its_own_host_are_everybodys_there():
    others = {"llm2": {**LLM2["llm2"], "ollama_api_groups": ["all"]}, "chat1": {"open_webui_groups": ["all"]}}
    groups = {**GROUPS, "all": ["llm1", "llm2", "chat1"]}
    assert kept("llm1", groups, **others) == ["192.0.2.12 11434", "192.0.2.21 8080"]


def test_what_a_chat_of_the_same_host_asks_by_itself_is_left_open():
    groups = {**GROUPS, "chat_hosts": ["gate1"]}
    named = {"gate1": {"open_webui_backend": "192.0.2.12:11434", "open_webui_addresses": ["127.0.0.1"]}}
    own = {
        "gate1": {"open_webui_addresses": ["127.0.0.1"]},
        "llm1": {"ollama_api_groups": ["gateway_hosts", "chat_hosts"]},
    }
    assert kept(groups=groups, **LLM2, **named) == ["192.0.2.11 11434"]
    assert kept(groups=groups, **LLM2, **own) == ["192.0.2.12 11434"]
