"""Every claim holds on a healthy host, and each fails, with its sentence, on one that is broken."""

import importlib
import inspect
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED
from broken import API, BROKEN, BROKEN_PROBES, listener
from broken_gateway import BROKEN_CHAT, BROKEN_CHAT_PROBES, BROKEN_FRONT
from healthy import DOOR, HEALTHY, MODEL, probed, unit, verified_ollama
from healthy_chatbox import BROKEN_DESKTOP, DESKTOP, verified_chatbox
from healthy_gateway import CHAT, GATEWAY, GATEWAY_LOOK, verified_gateway, verified_open_webui
from healthy_tls import BROKEN_TLS, verified_tls
from healthy_tls import DOOR as TLS_DOOR
from pydantic import Secret

import llamakeep
from llamakeep.services.firewall.verified import FirewallHost
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.gateway.wanted.record import WantedKey
from llamakeep.services.open_webui.verified.settings import ORIGIN
from llamakeep.verify.evidence import Evidence, NotChecked, NotClaimed
from llamakeep.verify.plugin import claims
from llamakeep.verify.session import SUITE
from tables import services

PACKAGE = Path(llamakeep.__file__).parent
FILES = [*sorted(SUITE.glob("test_*.py")), *claims()]
MODULES = [
    importlib.import_module(".".join(("llamakeep", *file.relative_to(PACKAGE).with_suffix("").parts))) for file in FILES
]
CLAIMS = {
    f"{module.__name__.rpartition('.test_')[2]}.{name.removeprefix('test_')}": test
    for module in MODULES
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
}
FRONT_SEEN = GATEWAY_LOOK["seen"]
SILENT = (("192.0.2.11", "silent", ""), ("2001:db8::11", "refused", ""))
ALLOWED = {"reach.allowed_gets_in": "ollama", "reach.allowed_reaches_the_chat": "open-webui"}
BROKEN_HOSTS = [
    *((claim, verified_ollama(**changes), sentence) for claim, changes, sentence in BROKEN),
    *((f"open_webui.{claim}", verified_open_webui(**changes), sentence) for claim, changes, sentence in BROKEN_CHAT),
    *((f"gateway.{claim}", verified_gateway(**changes), sentence) for claim, changes, sentence in BROKEN_FRONT),
    *((f"chatbox.{claim}", verified_chatbox(**changes), sentence) for claim, changes, sentence in BROKEN_DESKTOP),
    *((f"mutual_tls.{claim}", verified_tls(**changes), sentence) for claim, changes, sentence in BROKEN_TLS),
]
ALL_PROBES = [*BROKEN_PROBES, *BROKEN_CHAT_PROBES]


def healthy(claim):
    """Return a host of the kind that a claim is about, on which it holds."""
    asked = set(inspect.signature(CLAIMS[claim]).parameters)
    if "open_webui_host" in asked:
        return verified_open_webui()
    if "chatbox_host" in asked:
        return verified_chatbox()
    if asked & {"certified_host", "asking_host"}:
        return verified_tls()
    return verified_gateway() if asked & {"gateway_host", "chat_gateway_host"} else verified_ollama()


def walled(host):
    """Return a host as the claims about its firewall see it."""
    return FirewallHost(host.host, host.host.service(WantedFirewall), host.seen, host.nonce, host.kit)


def check(claim, host, prober=None):
    """Call a claim as pytest would, with the values that its fixtures have here."""
    values = {
        "llm_host": host,
        "sealed_host": host,
        "asked_host": host,
        "accelerated_host": host,
        "open_webui_host": host,
        "gateway_host": host,
        "chat_gateway_host": host,
        "chatbox_host": host,
        "certified_host": host,
        "asking_host": host,
        "firewall_host": walled(host),
        "managed_host": host,
        "model": MODEL,
        "untrusted": prober or probed(*SILENT),
        "allowed": prober or probed(("192.0.2.11", "answers", ALLOWED.get(claim, "")), prober="chat1"),
        "record_property": lambda *_: None,
    }
    CLAIMS[claim](**{name: values[name] for name in inspect.signature(CLAIMS[claim]).parameters})


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_holds_on_a_healthy_host(claim):
    check(claim, healthy(claim))


@pytest.mark.parametrize(("claim", "host", "sentence"), BROKEN_HOSTS)
def test_a_claim_fails_with_its_sentence(claim, host, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check(claim, host)


@pytest.mark.parametrize(("claim", "prober", "sentence"), ALL_PROBES)
def test_a_claim_about_a_prober_fails_with_its_sentence(claim, prober, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check(claim, healthy(claim), prober)


def test_every_claim_can_fail():
    assert {claim for claim, *_ in (*BROKEN_HOSTS, *ALL_PROBES)} == set(CLAIMS)


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if not claim.startswith("reach.")])
def test_nothing_is_checked_on_a_host_that_was_not_reached(claim):
    lost = replace(healthy(claim), seen=Evidence(failures={"host": "llm1 could not be looked at: no route"}))
    with pytest.raises(NotChecked, match="llm1 could not be looked at: no route"):
        check(claim, lost)


@pytest.mark.parametrize("claim", ["sealed.interfaces", "sealed.one_namespace", "service.environment"])
def test_a_stopped_service_leaves_its_network_unchecked(claim):
    stopped = verified_ollama(units=unit(active="inactive", pid=0), inside=None, environment=None, processes=[])
    with pytest.raises(NotChecked, match=r"ollama\.service is not running"):
        check(claim, stopped)


@pytest.mark.parametrize("claim", sorted({claim for claim, *_ in ALL_PROBES}))
def test_a_prober_that_is_not_reached_proves_nothing(claim):
    with pytest.raises(NotChecked, match="cannot probe from outsider: no route to host"):
        check(claim, healthy(claim), probed(lost="cannot probe from outsider: no route to host"))


def test_a_prober_without_a_route_proves_nothing():
    with pytest.raises(NotChecked, match="none of its addresses could be tried"):
        check("reach.untrusted_stays_outside", verified_ollama(), probed(("2001:db8::11", "no route", "")))


def test_the_stand_in_may_name_itself_in_its_version():
    check("service.version", verified_ollama(api=API | {"version": "0.34.4-standin"}))


def test_a_wildcard_in_the_inventory_is_the_same_address_however_it_is_written():
    door = DOOR.model_copy(update={"at": ("[::]",)})
    manage = listener("127.0.0.1", 11436, "systemd", [1])
    seen = [listener("::", 11434, "systemd", [1]), manage]
    check("doors.door_addresses", verified_ollama({"door": door}, listeners=seen))


def test_a_program_of_its_own_may_listen_on_a_port_that_the_engine_has_inside():
    other = listener("127.0.0.1", 40123, "postgres", [300])
    answering = [{"address": "127.0.0.1", "port": 40123, "outcome": "answers", "speaks": ""}]
    check("doors.engine_is_unreachable", verified_ollama(listeners=[*HEALTHY["listeners"], other], nobody=answering))


def test_an_open_server_beside_its_door_is_a_named_choice():
    own = listener("127.0.0.1", 11435, "ollama", [145], unit="ollama.service")
    ways = [{"address": "127.0.0.1", "port": 11435, "outcome": "answers", "speaks": "ollama"}]
    host = verified_ollama({"sealed": False}, listeners=[*HEALTHY["listeners"], own], nobody=ways)
    check("doors.no_second_way", host)
    with pytest.raises(AssertionError, match="11435 answers as Ollama to nobody"):
        check("doors.no_second_way", verified_ollama(listeners=[*HEALTHY["listeners"], own], nobody=ways))


def test_a_value_that_the_record_strikes_out_is_not_checked():
    held = verified_ollama()
    inputs = held.host.inputs | {"ollama_keep_alive": REDACTED}
    host = replace(held, host=held.host.model_copy(update={"inputs": inputs}))
    with pytest.raises(NotChecked, match="struck out in this record: ollama_keep_alive"):
        check("receipt.inputs", host)


def test_a_secret_that_differs_is_named_and_not_shown():
    held = verified_ollama()
    host = replace(held, host=held.host.model_copy(update={"inputs": held.host.inputs | {"api_key": Secret("sesame")}}))
    with pytest.raises(AssertionError, match="other values of: api_key"):
        check("receipt.inputs", host)


def test_an_embedding_model_is_not_asked_to_chat():
    models = [{"name": MODEL.name, "digest": MODEL.digest, "capabilities": ["embedding"]}]
    with pytest.raises(AssertionError, match="no model that chats"):
        check("answers.answers", verified_ollama(api=API | {"models": models}, answer=None))


def test_nothing_is_claimed_of_a_gpu_that_is_played():
    with pytest.raises(NotClaimed, match=r"its GPU \(rtx-4090\): it is simulated"):
        check("gpu.lies_on_the_accelerator", verified_ollama(lab={"lab": "lab", "gpu": "rtx-4090", "standin": True}))


def test_a_model_that_may_spill_is_not_expected_to_lie_on_the_accelerator():
    spilled = [{"name": MODEL.name, "size": 1000, "size_vram": 770, "context": 8192}]
    with pytest.raises(NotChecked, match="no model is in memory"):
        check("gpu.lies_on_the_accelerator", verified_ollama({"on_misfit": {MODEL.name: "warn"}}, loaded=spilled))


def test_nothing_is_claimed_of_what_a_stand_in_says_that_models_take():
    with pytest.raises(NotClaimed, match="a stand-in plays the server"):
        check("gpu.takes_what_was_estimated", verified_ollama(lab={"lab": "lab", "gpu": "none", "standin": True}))


@pytest.mark.parametrize(("size_vram", "context"), [(200_000_000, 8192), (330_626_497, 2048)])
def test_a_model_in_two_places_or_at_another_context_is_another_sum(size_vram, context):
    loaded = [{"name": MODEL.name, "size": 330_626_497, "size_vram": size_vram, "context": context}]
    with pytest.raises(NotClaimed, match="none lies whole in one place"):
        check("gpu.takes_what_was_estimated", verified_ollama(loaded=loaded))


@pytest.mark.parametrize("context", [1024, 2048, 4096, 8192])
def test_the_real_server_on_the_cpu_takes_what_is_reckoned(context):
    sizes = {1024: 135_580_875, 2048: 160_222_411, 4096: 209_505_483, 8192: 330_626_497}
    loaded = [{"name": MODEL.name, "size": sizes[context], "size_vram": 0, "context": context}]
    check("gpu.takes_what_was_estimated", verified_ollama({"context_length": context}, loaded=loaded))


def test_of_users_in_a_database_elsewhere_nothing_is_claimed():
    held = verified_open_webui(users=None)
    inputs = held.host.inputs | {"open_webui_database": "postgresql://chat@db.example.org/chat"}
    with pytest.raises(NotClaimed, match="not on the host"):
        check("open_webui.users", replace(held, host=held.host.model_copy(update={"inputs": inputs})))
    with pytest.raises(NotChecked, match="could not be read"):
        check("open_webui.users", held)


def test_somebody_who_is_kept_out_may_have_no_account():
    held = verified_open_webui()
    gone = [{"email": "eve@example.org", "state": "disabled"}, {"email": "Bob@example.org", "state": "disabled"}]
    host = replace(held, host=held.host.model_copy(update={"inputs": {"open_webui_users": gone}}))
    with pytest.raises(AssertionError, match=r"^Bob@example\.org is user, expected pending"):
        check("open_webui.users", host)


def test_over_plain_http_nothing_is_claimed_of_cookies():
    environment = verified_open_webui().look.environment | {
        "WEBUI_AUTH_COOKIE_SECURE": "false",
        ORIGIN: "http://192.0.2.5:8080",
    }
    check("open_webui.origin", verified_open_webui({"url": "http://192.0.2.5:8080"}, environment=environment))


def test_of_a_certificate_of_somebody_elses_nobody_claims_who_trusts_it():
    with pytest.raises(NotClaimed, match="not of the inventory's own CA"):
        check("gateway.trust", verified_gateway({"certificate": "acme"}))


def test_without_a_root_nobody_knows_who_signed():
    with pytest.raises(NotChecked, match=r"no root in \.ca"):
        check("gateway.trust", verified_gateway(root=False))


def test_an_older_half_that_has_ended_is_no_key_any_more():
    ended = WantedKey(name="eve", created="", until="2026-11-01")
    with pytest.raises(AssertionError, match="eve has a key, expected: none"):
        check(
            "gateway.keys",
            verified_gateway({"keys": (*GATEWAY.keys, ended)}, seen=FRONT_SEEN | {"keys": ["ann", "eve"]}),
        )


def test_drift_is_said_of_the_part_that_it_belongs_to():
    names = [
        "/etc/systemd/system/open-webui.service",
        "/etc/llamakeep/gateway/keys.map",
        "/opt/llamakeep/libexec/sealed",
    ]
    receipt = HEALTHY["receipt"] | {"drift": [{"kind": "file", "name": name, "found": "missing"} for name in names]}
    held = verified_gateway(receipt=receipt)
    both = replace(held, host=held.host.having("open_webui", services(open_webui=CHAT)["open_webui"]))
    assert [each.name for each in both.drift_of("open_webui")] == [names[0], names[2]]
    assert [each.name for each in both.drift_of("gateway")] == [names[1]]
    # What no service of the host has is told all the same.
    assert [each.name for each in held.drift_of("gateway")] == names


def test_a_certificate_that_cannot_be_read_is_not_checked():
    with pytest.raises(NotChecked, match="its certificate could not be read"):
        check("mutual_tls.certificate", verified_tls(ends=None))


def test_what_answers_in_plain_words_that_it_wants_tls_is_closed():
    check("mutual_tls.nothing_without_a_certificate", verified_tls(doors=[TLS_DOOR | {"plain": "\x15\x03\x03"}]))


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim.startswith("receipt.")])
def test_what_is_claimed_of_every_host_holds_on_a_desktop(claim):
    check(claim, verified_chatbox())


def test_a_desktop_without_users_claims_nothing_of_them():
    with pytest.raises(NotClaimed, match="chatbox_users names nobody"):
        check("chatbox.asks", verified_chatbox({"users": ()}))


def test_settings_that_cannot_be_read_leave_the_key_unchecked():
    with pytest.raises(NotChecked, match=r"ann: config\.json: Permission denied"):
        check("chatbox.key", verified_chatbox(fault="config.json: Permission denied"))
    with pytest.raises(NotChecked, match="the key of ann is struck out"):
        check("chatbox.key", verified_chatbox(key=None))
    check("chatbox.key", verified_chatbox({"clients": ()}, key=None))
    assert DESKTOP.clients
