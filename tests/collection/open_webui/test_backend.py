"""Whom a chat asks for models: where he listens who is asked, and nowhere that is closed to it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.backend import upstream_for
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_in_play, option_of

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
GROUPS = {"llm_hosts": ["llm1", "llm2"], "chat_hosts": ["chat1"], "gateway_hosts": ["gate1"]}
COMMON = {
    "open_webui_backend": "",
    "open_webui_backend_key": "",
    "ollama_network": "sealed",
    "ollama_api_addresses": ["127.0.0.1", "192.0.2.11"],
    "ollama_api_groups": ["chat_hosts"],
    "ollama_api_port": 11434,
    "ollama_api_tls": "mutual",
    "gateway_domain": "example.org",
    "gateway_addresses": ["127.0.0.1"],
    "gateway_https_port": 443,
    "firewall_addresses": [],
    "ansible_host": "",
}
KEY = {"open_webui_backend_key": "lk_x"}


def upstream(groups=GROUPS, **hosts):
    return upstream_for("chat1", groups, lambda host, name: {**COMMON, **hosts.get(host, {})}[name])


def ask(groups=GROUPS, **hosts):
    return upstream(groups, **hosts)["models"]


def asked_at(groups=GROUPS, **hosts):
    models = ask(groups, **hosts)
    (address,) = models["addresses"]
    return models["host"], address, models["port"]


def refused(groups=GROUPS, **hosts):
    with pytest.raises(Refusals) as refusals:
        ask(groups, **hosts)
    return str(refusals.value)


def test_a_gateway_is_asked_where_it_listens_and_not_where_it_is_managed():
    gate = {"ansible_host": "10.0.0.10", "gateway_addresses": ["192.0.2.10"]}
    assert asked_at(chat1=KEY, gate1=gate) == ("gate1", "192.0.2.10", 443)


def test_of_several_addresses_it_is_the_one_by_which_the_other_is_known():
    gate = {"gateway_addresses": ["198.51.100.10", "2001:db8::10", "192.0.2.10"]}
    assert asked_at(chat1=KEY, gate1=gate)[1] == "198.51.100.10"
    assert asked_at(chat1=KEY, gate1={**gate, "ansible_host": "192.0.2.10"})[1] == "192.0.2.10"
    spoken = {"firewall_addresses": ["2001:0db8:0::10", "192.0.2.10"]}
    assert asked_at(chat1=KEY, gate1={**gate, **spoken})[1] == "2001:db8::10"


def test_a_gateway_with_loopback_alone_is_refused_by_name():
    assert "gateway_addresses of gate1: has loopback alone, where chat1 cannot connect" in refused(chat1=KEY)


def test_a_gateway_on_the_chats_own_host_is_asked_where_it_listens():
    groups = {**GROUPS, "gateway_hosts": ["chat1"]}
    assert asked_at(groups, chat1=KEY)[1] == "127.0.0.1"
    assert asked_at(groups, chat1={**KEY, "gateway_addresses": ["192.0.2.21"]})[1] == "192.0.2.21"


def test_without_a_key_it_is_the_first_llm_host_where_that_listens():
    assert asked_at(llm1={"ansible_host": "10.0.0.11"}) == ("llm1", "192.0.2.11", 11434)


def test_an_llm_host_that_is_closed_to_it_is_refused_with_all_that_has_to_be_set():
    said = refused(llm1={"ollama_api_addresses": ["127.0.0.1"], "ollama_api_groups": ["gateway_hosts"]})
    assert "ollama_api_addresses of llm1: has loopback alone, where chat1 cannot connect" in said
    assert "ollama_api_groups of llm1: names no group of chat1, so its door would not let the chat in" in said
    assert "expected: chat_hosts among them" in said
    assert "set ollama_api_groups: [gateway_hosts, chat_hosts] for llm1" in said


def test_a_name_to_listen_on_is_refused_by_name():
    said = refused(llm1={"ollama_api_addresses": ["llm1.example"]})
    assert "ollama_api_addresses of llm1: 'llm1.example' is no address to listen on" in said


def test_any_group_of_the_chat_opens():
    assert asked_at({**GROUPS, "app_hosts": ["chat1"]}, llm1={"ollama_api_groups": ["app_hosts"]})[0] == "llm1"


def test_beside_a_sealed_ollama_it_needs_no_door():
    groups = {**GROUPS, "llm_hosts": ["llm1", "chat1"]}
    assert ask(groups, chat1={"ollama_api_addresses": ["192.0.2.21"], "ollama_api_groups": []}) == {
        "host": "chat1",
        "network": "sealed",
        "port": 11434,
    }


@pytest.mark.parametrize(
    ("addresses", "at"),
    [
        (["192.0.2.21", "127.0.0.1"], "127.0.0.1"),
        (["192.0.2.21"], "192.0.2.21"),
        (["0.0.0.0"], "127.0.0.1"),
    ],
)
def test_beside_an_open_ollama_it_connects_where_that_listens(addresses, at):
    own = {"ollama_network": "open", "ollama_api_addresses": addresses, "ollama_api_groups": []}
    assert asked_at({**GROUPS, "llm_hosts": ["llm1", "chat1"]}, chat1=own)[1] == at


def test_a_network_is_no_address_to_lead_to():
    everywhere = {"ollama_api_addresses": ["0.0.0.0"], "ansible_host": "192.0.2.11"}
    assert asked_at(llm1={**everywhere, "firewall_addresses": ["192.0.2.0/28"]})[1] == "192.0.2.11"
    assert asked_at(llm1={"firewall_addresses": ["192.0.2.0/28"]})[1] == "192.0.2.11"


def test_a_host_may_be_named_by_its_address():
    groups = {**GROUPS, "llm_hosts": ["192.0.2.11"]}
    assert asked_at(groups, **{"192.0.2.11": {"ollama_api_addresses": ["0.0.0.0"]}})[1] == "192.0.2.11"


def test_whoever_is_named_outright_is_asked_as_he_is():
    assert ask(chat1={"open_webui_backend": "192.0.2.77:11434"}, llm1={"ollama_api_groups": []}) == {}


def test_where_nobody_is_to_be_asked_nobody_is():
    assert ask({"chat_hosts": ["chat1"]}) == {}
    assert ask({"chat_hosts": ["chat1"]}, chat1=KEY) == {}


def test_an_llm_host_in_the_network_is_verified_by_its_name():
    assert upstream()["tls"] == "llm1"
    assert upstream(llm1={"ollama_api_tls": "none"})["tls"] == ""
    assert upstream({**GROUPS, "llm_hosts": ["gpu 1"]})["tls"].startswith("gpu-1~")


def test_what_answers_on_its_own_host_needs_no_name():
    groups = {**GROUPS, "llm_hosts": ["chat1"]}
    assert upstream(groups)["tls"] == ""
    assert upstream(groups, chat1={"ollama_network": "open"})["tls"] == ""
    away = {"ollama_network": "open", "ollama_api_addresses": ["192.0.2.21"]}
    assert upstream(groups, chat1=away)["tls"] == "chat1"


def test_a_gateway_is_verified_by_the_chat_itself():
    assert upstream(chat1=KEY, gate1={"gateway_addresses": ["192.0.2.10"]})["tls"] == ""
    assert upstream({"chat_hosts": ["chat1"]})["tls"] == ""


@pytest.mark.parametrize(
    ("backend", "name"),
    [("192.0.2.11:11434", "llm1"), ("127.0.0.1:11434", ""), ("192.0.2.11:11435", ""), ("192.0.2.77:11434", "")],
)
def test_a_backend_that_is_a_door_of_the_fleet_is_verified_all_the_same(backend, name):
    assert upstream(chat1={"open_webui_backend": backend})["tls"] == name


def play(folder, **llm):
    """Run the playbook against a chat that cannot even be connected to; return what became of it, and what it said."""
    hosts = {
        "chat_hosts": {"hosts": {"chat1": {"ansible_host": "127.0.0.1", "ansible_port": 1}}},
        "llm_hosts": {"hosts": {"llm1": {"ansible_host": "192.0.2.11", **llm}}},
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    words = ["-i", folder / "hosts.yml", ROOT / "playbooks" / "site.yml", "--limit", "chat_hosts"]
    settings = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run([PLAYBOOK, *words], cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    recap = re.search(r"chat1 .*unreachable=(\d+) +failed=(\d+)", done.stdout)
    return (int(recap[1]), int(recap[2])), done.stdout


def test_plain_ansible_refuses_before_anything_is_touched(tmp_path):
    (unreachable, failed), said = play(tmp_path)
    assert (unreachable, failed) == (0, 1), said
    assert "ollama_api_groups of llm1: names no group of chat1" in said
    assert "ollama_api_addresses of llm1: has loopback alone, where chat1 cannot connect" in said


def test_plain_ansible_goes_on_where_the_chat_is_let_in(tmp_path):
    opened = {"ollama_api_groups": ["chat_hosts"], "ollama_api_addresses": ["192.0.2.11"]}
    (unreachable, failed), said = play(tmp_path, **opened)
    assert (unreachable, failed) == (1, 0), said


def test_what_a_play_sets_counts_for_its_own_host_alone():
    elsewhere = option_of({"chat1": {"open_webui_port": 1}, "llm1": {"ansible_host": "192.0.2.11"}}, {})
    variables = {"open_webui_backend": "192.0.2.{{ 7 }}:1", "ansible_host": "chat1"}
    option = option_in_play("chat1", variables, lambda text: text.replace("{{ 7 }}", "7"), elsewhere)
    assert option("chat1", "open_webui_backend") == "192.0.2.7:1"
    assert option("llm1", "open_webui_backend") == ""
    assert (option("chat1", "open_webui_port"), option("chat1", "ansible_host")) == (1, "")
