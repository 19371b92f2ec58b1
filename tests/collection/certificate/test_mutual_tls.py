"""Between which hosts TLS is spoken: who has a certificate, by which name a door is verified, and who is shut out."""

import datetime

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import mutual_tls
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.issued import Issued

MOMENT = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
GROUPS = {
    "llm_hosts": ["llm1"],
    "chat_hosts": ["chat1"],
    "gateway_hosts": ["gate1"],
    "desktop_hosts": ["desk1"],
    "app_hosts": ["app1"],
}
COMMON = {
    "ollama_api_addresses": ["192.0.2.11"],
    "ollama_api_tls": "mutual",
    "ollama_api_groups": ["gateway_hosts"],
    "open_webui_addresses": ["192.0.2.21"],
    "open_webui_tls": "mutual",
    "open_webui_groups": ["gateway_hosts"],
}
CLOSED = {"ollama_api_addresses": ["127.0.0.1", "::1"], "open_webui_addresses": ["127.0.0.1"]}
PLAIN = {"ollama_api_tls": "none", "open_webui_tls": "none"}


def option_of(**hosts):
    return lambda host, name: {**COMMON, **hosts.get(host, {})}[name]


def needing(groups=GROUPS, **hosts):
    return mutual_tls.needing(groups, option_of(**hosts))


def test_who_is_asked_for_a_certificate_and_who_asks_at_such_a_door_has_one():
    assert needing() == ["llm1", "gate1", "chat1"]


@pytest.mark.parametrize("changed", [CLOSED, PLAIN])
def test_where_no_door_asks_nobody_has_one(changed):
    assert needing(llm1=changed, chat1=changed) == []


def test_one_door_that_asks_is_enough_for_those_who_come_to_it():
    assert needing(chat1=PLAIN) == ["llm1", "gate1", "chat1"]
    assert needing(llm1=CLOSED) == ["gate1", "chat1"]
    two = {**GROUPS, "llm_hosts": ["llm1", "llm2"]}
    assert needing(two, llm1=PLAIN, chat1=PLAIN) == ["llm2", "gate1", "chat1"]


def test_a_host_that_speaks_to_itself_alone_needs_none():
    alone = {"llm_hosts": ["box"], "chat_hosts": ["box"], "gateway_hosts": ["box"]}
    assert needing(alone, box=CLOSED) == []
    assert needing(alone) == ["box"]  # its doors are open to the network


def test_a_desktop_and_a_program_have_none_from_a_run():
    assert not {"desk1", "app1"} & {*needing()}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_on_loopback_nobody_is_verified(address):
    assert mutual_tls.server_name("llm1", address, "ollama_api_tls", option_of()) == ""


@pytest.mark.parametrize("address", ["192.0.2.11", "2001:db8::11"])
def test_in_the_network_a_door_is_verified_by_the_name_on_its_certificate(address):
    def name(host, **hosts):
        return mutual_tls.server_name(host, address, "ollama_api_tls", option_of(**hosts))

    assert name("llm1") == "llm1"
    assert name("gpu 1") == identity("gpu 1")
    assert name("llm1", llm1=PLAIN) == ""


@pytest.mark.parametrize(
    ("addresses", "mode", "mutual"),
    [
        (["127.0.0.1", "192.0.2.11"], "mutual", True),
        (["0.0.0.0"], "mutual", True),
        (["::"], "mutual", True),
        (["127.0.0.1", "::1"], "mutual", False),
        (["192.0.2.11"], "none", False),
    ],
)
def test_a_door_asks_for_certificates_where_others_reach_it(addresses, mode, mutual):
    option = option_of(llm1={"ollama_api_addresses": addresses, "ollama_api_tls": mode})
    assert mutual_tls.is_mutual("llm1", "llm_hosts", option) is mutual


def shut_out(*every, host="llm1", **hosts):
    return mutual_tls.shut_out(host, GROUPS, option_of(**hosts), every, MOMENT)


OPEN_TO_APPS = {"ollama_api_groups": ["gateway_hosts", "app_hosts", "desktop_hosts"]}
APP = Issued("app1", 1, MOMENT + datetime.timedelta(days=9))


def test_a_program_that_a_door_lets_in_and_that_has_no_certificate_is_shut_out():
    assert shut_out() == []
    assert shut_out(llm1=OPEN_TO_APPS) == ["app1", "desk1"]
    assert shut_out(APP, llm1=OPEN_TO_APPS) == ["desk1"]
    assert shut_out(APP._replace(ends=MOMENT), llm1=OPEN_TO_APPS) == ["app1", "desk1"]
    assert shut_out(APP._replace(revoked=MOMENT), llm1=OPEN_TO_APPS) == ["app1", "desk1"]


def test_a_door_that_asks_nobody_shuts_nobody_out():
    assert shut_out(llm1={**OPEN_TO_APPS, **PLAIN}) == []
    assert shut_out(llm1={**OPEN_TO_APPS, **CLOSED}) == []
    assert shut_out(host="gate1", llm1=OPEN_TO_APPS) == []


def test_names_are_listed_once_and_in_one_order():
    assert mutual_tls.bearers(["llm1", "gpu 1", "chat1", "llm1"]) == sorted(["chat1", identity("gpu 1"), "llm1"])
