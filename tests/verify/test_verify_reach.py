"""Who tries which door: decided in data, before anything is sent."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from healthy import DOOR, WANTED, evidence, fleet, host, other
from healthy_gateway import CHAT as CHAT_PART
from healthy_gateway import chat_host, gateway_host
from healthy_tls import TLS

from llamakeep.hosts.connection import Connection
from llamakeep.verify import reach
from llamakeep.verify.reach import Try

OUTSIDER = other("outsider", "untrusted", "192.0.2.99", "2001:db8::99")
CHAT = other("chat1", "chat_hosts", "192.0.2.5")


@pytest.fixture(autouse=True)
def own_address(monkeypatch):
    """Let this machine have one address, whatever it has."""
    monkeypatch.setattr(reach, "_source_towards", lambda _: "192.0.2.200")


def probes(*hosts):
    rounds, notes = reach.plan_rounds(fleet(*hosts), [each for each in hosts if "ollama" in each.services])
    return {(each.name, probe.host): probe for each in rounds for probe in each.probes}, notes


def test_untrusted_hosts_try_every_address_and_allowed_clients_the_doors():
    found, notes = probes(host(), OUTSIDER, CHAT)
    everywhere = (Try("192.0.2.11", 11434), Try("2001:db8::11", 11434))
    assert found["outsider", "llm1"].doors == everywhere
    assert found[reach.CONTROL, "llm1"].doors == everywhere
    assert found["chat1", "llm1"].doors == (Try("192.0.2.11", 11434, curious=True),)
    assert [pair for pair, probe in found.items() if probe.allowed] == [("chat1", "llm1")]
    assert notes == []


def test_without_an_untrusted_host_the_control_node_alone_tries_and_the_verdict_says_so():
    found, notes = probes(host(), CHAT)
    assert set(found) == {(reach.CONTROL, "llm1"), ("chat1", "llm1")}
    assert notes == [
        "no host of group untrusted: whether an untrusted host gets in is shown from the control node only"
    ]


MUTUAL = WANTED.model_copy(update={"door": DOOR.model_copy(update={"mutual": True})})


def test_who_has_a_certificate_of_the_fleet_shows_it_and_wants_to_see_the_hosts_own():
    member = host(name="llm2", addresses=("192.0.2.12",), groups=("llm_hosts", "chat_hosts"), mutual_tls=TLS)
    found, notes = probes(host(ollama=MUTUAL), member, OUTSIDER)
    assert found["llm2", "llm1"].doors == (Try("192.0.2.11", 11434, curious=True, name="llm1"),)
    assert found["outsider", "llm1"].doors[0] == Try("192.0.2.11", 11434)
    assert notes == []


def test_whether_a_program_outside_of_the_fleet_is_let_in_nobody_tries():
    found, notes = probes(host(ollama=MUTUAL), CHAT, OUTSIDER)
    assert ("chat1", "llm1") not in found
    assert notes == ["chat1 has a certificate that a program shows: whether it is let in at llm1 was not tried"]


def test_a_host_with_an_odd_name_is_known_by_the_one_on_its_certificate():
    odd = host(name="llm 1", ollama=MUTUAL)
    member = host(name="llm2", addresses=("192.0.2.12",), groups=("llm_hosts", "chat_hosts"), mutual_tls=TLS)
    assert probes(odd, member)[0]["llm2", "llm 1"].doors[0].name == identity("llm 1")


def test_a_door_on_loopback_allows_nobody():
    closed = WANTED.model_copy(update={"door": DOOR.model_copy(update={"at": ("127.0.0.1", "::1")})})
    found, _ = probes(host(ollama=closed), OUTSIDER, CHAT)
    assert ("chat1", "llm1") not in found


def test_an_llm_host_of_the_group_is_allowed_by_the_others_and_not_of_itself():
    member = host(groups=("llm_hosts", "chat_hosts"))
    found, _ = probes(member, host(name="llm2", addresses=("192.0.2.12",)))
    assert {pair for pair, probe in found.items() if probe.allowed} == {("llm1", "llm2")}


@pytest.mark.parametrize("own", ["192.0.2.5", "192.0.2.11"])
def test_the_control_node_is_not_untrusted_where_it_is_let_in_or_is_the_host(monkeypatch, own):
    monkeypatch.setattr(reach, "_source_towards", lambda _: own)
    found, notes = probes(host())
    assert found == {}
    assert notes[-1] == "no untrusted host was there to try from outside llm1"


def test_nobody_tries_the_machine_one_sits_at():
    here = host(connection=Connection(kind="local", address="localhost"))
    found, notes = probes(here)
    assert found == {}
    assert len(notes) == 2


def test_a_wildcard_door_is_open_at_every_address_of_its_family():
    def at(*addresses):
        return reach.lan_addresses(host(), DOOR.model_copy(update={"at": addresses}))

    assert at("0.0.0.0") == ["192.0.2.11"]
    assert at("[::]") == ["2001:db8::11"]
    assert at("0.0.0.0", "[::]") == ["192.0.2.11", "2001:db8::11"]
    assert at("127.0.0.1", "[2001:db8::11]") == ["2001:db8::11"]


def test_addresses_that_the_inventory_forgot_are_tried_too():
    rounds, _ = reach.plan_rounds(fleet(host(), OUTSIDER, CHAT), [host()])
    seen = {"llm1": evidence(addresses=["2001:db8::11", "2001:db8::dead"])}
    more = {each.name: each.doors for each in reach.forgotten(rounds, seen)}
    assert more == {name: [Try("2001:db8::dead", 11434)] for name in (reach.CONTROL, "outsider")}


def test_a_name_that_only_ssh_knows_is_no_address():
    unnamed = host(addresses=(), connection=Connection(kind="ssh", address="gpu01.invalid"))
    found, _ = probes(unnamed, OUTSIDER)
    assert found["outsider", "llm1"].doors == ()  # where nothing was tried nothing is checked


def test_a_whole_network_is_no_address_to_try():
    wide = host(addresses=("192.0.2.11", "192.0.2.0/28"))
    found, _ = probes(wide, OUTSIDER)
    assert found["outsider", "llm1"].doors == (Try("192.0.2.11", 11434),)
    everywhere = DOOR.model_copy(update={"at": ("0.0.0.0",)})
    assert reach.lan_addresses(wide, everywhere) == ["192.0.2.11"]


def test_whoever_is_inside_an_admitted_network_is_not_untrusted(monkeypatch):
    wide = WANTED.model_copy(update={"door": DOOR.model_copy(update={"sources": ("192.0.2.96/27",)})})
    far = other("far", "untrusted", "192.0.2.200")
    found, notes = probes(host(ollama=wide), OUTSIDER, far)
    assert set(found) == {(reach.CONTROL, "llm1"), ("far", "llm1")}
    assert notes == ["outsider is no untrusted host for llm1: an address of it is among those let in"]
    monkeypatch.setattr(reach, "_source_towards", lambda _: "192.0.2.100")
    assert set(probes(host(ollama=wide), far)[0]) == {("far", "llm1")}


def test_a_chat_has_untrusted_hosts_and_allowed_clients_of_its_own():
    chat, gate = chat_host(), gateway_host()
    rounds, notes = reach.plan_rounds(fleet(chat, gate, OUTSIDER), [chat, gate])
    found = {(each.name, probe.host, probe.door): probe for each in rounds for probe in each.probes}
    assert found["outsider", "chat1", "open-webui-web"].doors == (Try("192.0.2.5", 8080),)
    assert found["gate1", "chat1", "open-webui-web"].doors == (Try("192.0.2.5", 8080, curious=True),)
    assert found["gate1", "chat1", "open-webui-web"].allowed
    assert {host for _, host, _ in found} == {"chat1"}  # everybody may call the gateway
    assert notes == []


def test_a_host_with_two_doors_is_probeed_at_both():
    both = host(open_webui=CHAT_PART)
    rounds, _ = reach.plan_rounds(fleet(both, OUTSIDER), [both])
    (outside,) = [each for each in rounds if each.name == "outsider"]
    assert [(probe.door, probe.doors[0][1]) for probe in outside.probes] == [
        ("ollama-api", 11434),
        ("open-webui-web", 8080),
    ]
