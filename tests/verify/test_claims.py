"""Every claim holds on a healthy host, and each fails, with its sentence, on one that is broken."""

import importlib
import inspect
import pkgutil
from dataclasses import replace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED
from broken import API, BROKEN, BROKEN_VISITS, listener
from broken_front import BROKEN_CHAT, BROKEN_CHAT_VISITS, BROKEN_FRONT
from healthy import DOOR, HEALTHY, MODEL, judged, unit, visit
from healthy_desktop import BROKEN_DESKTOP, DESKTOP, judged_desktop
from healthy_front import CHAT, GATEWAY, GATEWAY_LOOK, judged_chat, judged_gateway
from pydantic import Secret

from llamakeep.services.gateway.wanted import WantedKey
from llamakeep.verify import suite
from llamakeep.verify.evidence import Evidence, NotClaimed, Unjudged
from llamakeep.verify.front import ORIGIN
from tables import services

MODULES = [importlib.import_module(f"{suite.__name__}.{found.name}") for found in pkgutil.iter_modules(suite.__path__)]
CLAIMS = {
    f"{module.__name__.rpartition('.test_')[2]}.{name.removeprefix('test_')}": test
    for module in MODULES
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
}
FRONT_SEEN = GATEWAY_LOOK["seen"]
SILENT = (("192.0.2.11", "silent", ""), ("2001:db8::11", "refused", ""))
INVITED = {"reach.guest_gets_in": "ollama", "reach.guest_reaches_the_chat": "open-webui"}
BROKEN_HOSTS = [
    *((claim, judged(**changes), sentence) for claim, changes, sentence in BROKEN),
    *((f"chat.{claim}", judged_chat(**changes), sentence) for claim, changes, sentence in BROKEN_CHAT),
    *((f"front.{claim}", judged_gateway(**changes), sentence) for claim, changes, sentence in BROKEN_FRONT),
    *((f"desktop.{claim}", judged_desktop(**changes), sentence) for claim, changes, sentence in BROKEN_DESKTOP),
]
ALL_VISITS = [*BROKEN_VISITS, *BROKEN_CHAT_VISITS]


def healthy(claim):
    """Return a host of the kind that a claim is about, on which it holds."""
    asked = set(inspect.signature(CLAIMS[claim]).parameters)
    if "chat_host" in asked:
        return judged_chat()
    if "desktop_host" in asked:
        return judged_desktop()
    return judged_gateway() if asked & {"gateway_host", "chatting_host"} else judged()


def judge(claim, host, visitor=None):
    """Call a claim as pytest would, with the values that its fixtures have here."""
    values = {
        "llm_host": host,
        "sealed_host": host,
        "asked_host": host,
        "accelerated_host": host,
        "chat_host": host,
        "gateway_host": host,
        "chatting_host": host,
        "desktop_host": host,
        "walled_host": host,
        "managed_host": host,
        "model": MODEL,
        "stranger": visitor or visit(*SILENT),
        "guest": visitor or visit(("192.0.2.11", "answers", INVITED.get(claim, "")), knocker="chat1"),
        "record_property": lambda *_: None,
    }
    CLAIMS[claim](**{name: values[name] for name in inspect.signature(CLAIMS[claim]).parameters})


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_holds_on_a_healthy_host(claim):
    judge(claim, healthy(claim))


@pytest.mark.parametrize(("claim", "host", "sentence"), BROKEN_HOSTS)
def test_a_claim_fails_with_its_sentence(claim, host, sentence):
    with pytest.raises(AssertionError, match=sentence):
        judge(claim, host)


@pytest.mark.parametrize(("claim", "visitor", "sentence"), ALL_VISITS)
def test_a_claim_about_a_visitor_fails_with_its_sentence(claim, visitor, sentence):
    with pytest.raises(AssertionError, match=sentence):
        judge(claim, healthy(claim), visitor)


def test_every_claim_can_fail():
    assert {claim for claim, *_ in (*BROKEN_HOSTS, *ALL_VISITS)} == set(CLAIMS)


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if not claim.startswith("reach.")])
def test_nothing_is_judged_on_a_host_that_was_not_reached(claim):
    lost = replace(healthy(claim), seen=Evidence(failures={"host": "llm1 could not be looked at: no route"}))
    with pytest.raises(Unjudged, match="llm1 could not be looked at: no route"):
        judge(claim, lost)


@pytest.mark.parametrize("claim", ["sealed.interfaces", "sealed.one_namespace", "service.environment"])
def test_a_stopped_service_leaves_its_network_unjudged(claim):
    stopped = judged(units=unit(active="inactive", pid=0), inside=None, environment=None, processes=[])
    with pytest.raises(Unjudged, match=r"ollama\.service is not running"):
        judge(claim, stopped)


@pytest.mark.parametrize("claim", sorted({claim for claim, *_ in ALL_VISITS}))
def test_a_visitor_that_could_not_knock_proves_nothing(claim):
    with pytest.raises(Unjudged, match="outsider could not knock: no route to host"):
        judge(claim, healthy(claim), visit(lost="outsider could not knock: no route to host"))


def test_a_visitor_without_a_route_proves_nothing():
    with pytest.raises(Unjudged, match="none of its addresses could be tried"):
        judge("reach.stranger_stays_outside", judged(), visit(("2001:db8::11", "no route", "")))


def test_the_stand_in_may_name_itself_in_its_version():
    judge("service.version", judged(api=API | {"version": "0.34.4-standin"}))


def test_a_wildcard_in_the_inventory_is_the_same_address_however_it_is_written():
    door = DOOR.model_copy(update={"at": ("[::]",)})
    judge("doors.door_addresses", judged({"door": door}, listeners=[listener("::", 11434, "systemd", [1])]))


def test_a_program_of_its_own_may_listen_on_a_port_that_the_engine_has_inside():
    other = listener("127.0.0.1", 40123, "postgres", [300])
    answering = [{"address": "127.0.0.1", "port": 40123, "outcome": "answers", "speaks": ""}]
    judge("doors.engine_is_unreachable", judged(listeners=[*HEALTHY["listeners"], other], nobody=answering))


def test_an_open_server_beside_its_door_is_a_named_choice():
    own = listener("127.0.0.1", 11435, "ollama", [145], unit="ollama.service")
    ways = [{"address": "127.0.0.1", "port": 11435, "outcome": "answers", "speaks": "ollama"}]
    host = judged({"sealed": False}, listeners=[*HEALTHY["listeners"], own], nobody=ways)
    judge("doors.no_second_way", host)
    with pytest.raises(AssertionError, match="11435 answers as Ollama to nobody"):
        judge("doors.no_second_way", judged(listeners=[*HEALTHY["listeners"], own], nobody=ways))


def test_a_value_that_the_record_strikes_out_is_not_judged():
    held = judged()
    inputs = held.host.inputs | {"ollama_keep_alive": REDACTED}
    host = replace(held, host=held.host.model_copy(update={"inputs": inputs}))
    with pytest.raises(Unjudged, match="struck out in this record: ollama_keep_alive"):
        judge("receipt.inputs", host)


def test_a_secret_that_differs_is_named_and_not_shown():
    held = judged()
    host = replace(held, host=held.host.model_copy(update={"inputs": held.host.inputs | {"api_key": Secret("sesame")}}))
    with pytest.raises(AssertionError, match="other values of: api_key"):
        judge("receipt.inputs", host)


def test_an_embedding_model_is_not_asked_to_chat():
    models = [{"name": MODEL.name, "digest": MODEL.digest, "capabilities": ["embedding"]}]
    with pytest.raises(AssertionError, match="no model that chats"):
        judge("answers.answers", judged(api=API | {"models": models}, answer=None))


def test_nothing_is_claimed_of_a_gpu_that_is_played():
    with pytest.raises(NotClaimed, match=r"its GPU \(rtx-4090\): it is simulated"):
        judge("gpu.lies_on_the_accelerator", judged(lab={"lab": "lab", "gpu": "rtx-4090", "standin": True}))


def test_a_model_that_may_spill_is_not_expected_to_lie_on_the_accelerator():
    spilled = [{"name": MODEL.name, "size": 1000, "size_vram": 770, "context": 8192}]
    with pytest.raises(Unjudged, match="no model is in memory"):
        judge("gpu.lies_on_the_accelerator", judged({"on_misfit": {MODEL.name: "warn"}}, loaded=spilled))


def test_nothing_is_claimed_of_what_a_stand_in_says_that_models_take():
    with pytest.raises(NotClaimed, match="a stand-in plays the server"):
        judge("gpu.takes_what_was_reckoned", judged(lab={"lab": "lab", "gpu": "none", "standin": True}))


@pytest.mark.parametrize(("size_vram", "context"), [(200_000_000, 8192), (330_626_497, 2048)])
def test_a_model_in_two_places_or_at_another_context_is_another_sum(size_vram, context):
    loaded = [{"name": MODEL.name, "size": 330_626_497, "size_vram": size_vram, "context": context}]
    with pytest.raises(NotClaimed, match="none lies whole in one place"):
        judge("gpu.takes_what_was_reckoned", judged(loaded=loaded))


@pytest.mark.parametrize("context", [1024, 2048, 4096, 8192])
def test_the_real_server_on_the_cpu_takes_what_is_reckoned(context):
    sizes = {1024: 135_580_875, 2048: 160_222_411, 4096: 209_505_483, 8192: 330_626_497}
    loaded = [{"name": MODEL.name, "size": sizes[context], "size_vram": 0, "context": context}]
    judge("gpu.takes_what_was_reckoned", judged({"context_length": context}, loaded=loaded))


def test_of_users_in_a_database_elsewhere_nothing_is_claimed():
    held = judged_chat(users=None)
    inputs = held.host.inputs | {"open_webui_database": "postgresql://chat@db.example.org/chat"}
    with pytest.raises(NotClaimed, match="not on the host"):
        judge("chat.users", replace(held, host=held.host.model_copy(update={"inputs": inputs})))
    with pytest.raises(Unjudged, match="could not be read"):
        judge("chat.users", held)


def test_somebody_who_is_kept_out_may_have_no_account():
    held = judged_chat()
    gone = [{"email": "eve@example.org", "state": "disabled"}, {"email": "Bob@example.org", "state": "disabled"}]
    host = replace(held, host=held.host.model_copy(update={"inputs": {"open_webui_users": gone}}))
    with pytest.raises(AssertionError, match=r"^Bob@example\.org is user, expected pending"):
        judge("chat.users", host)


def test_over_plain_http_nothing_is_claimed_of_cookies():
    environment = judged_chat().look.environment | {
        "WEBUI_AUTH_COOKIE_SECURE": "false",
        ORIGIN: "http://192.0.2.5:8080",
    }
    judge("chat.origin", judged_chat({"url": "http://192.0.2.5:8080"}, environment=environment))


def test_of_a_certificate_of_somebody_elses_nobody_claims_who_trusts_it():
    with pytest.raises(NotClaimed, match="not of the inventory's own CA"):
        judge("front.trust", judged_gateway({"certificate": "acme"}))


def test_without_a_root_nobody_knows_who_signed():
    with pytest.raises(Unjudged, match=r"no root in \.ca"):
        judge("front.trust", judged_gateway(root=False))


def test_an_older_half_that_has_ended_is_no_key_any_more():
    ended = WantedKey(name="eve", created="", until="2026-11-01")
    with pytest.raises(AssertionError, match="eve has a key, expected: none"):
        judge(
            "front.keys", judged_gateway({"keys": (*GATEWAY.keys, ended)}, seen=FRONT_SEEN | {"keys": ["ann", "eve"]})
        )


def test_drift_is_said_of_the_part_that_it_belongs_to():
    names = [
        "/etc/systemd/system/open-webui.service",
        "/etc/llamakeep/gateway/keys.map",
        "/opt/llamakeep/libexec/sealed",
    ]
    receipt = HEALTHY["receipt"] | {"drift": [{"kind": "file", "name": name, "found": "missing"} for name in names]}
    held = judged_gateway(receipt=receipt)
    both = replace(held, host=held.host.having("open_webui", services(open_webui=CHAT)["open_webui"]))
    assert [each.name for each in both.drift_of("open_webui")] == [names[0], names[2]]
    assert [each.name for each in both.drift_of("gateway")] == [names[1]]
    # What no service of the host has is told all the same.
    assert [each.name for each in held.drift_of("gateway")] == names


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim.startswith("receipt.")])
def test_what_is_claimed_of_every_host_holds_on_a_desktop(claim):
    judge(claim, judged_desktop())


def test_a_desktop_without_users_claims_nothing_of_them():
    with pytest.raises(NotClaimed, match="chatbox_users names nobody"):
        judge("desktop.asks", judged_desktop({"users": ()}))


def test_settings_that_cannot_be_read_leave_the_key_unjudged():
    with pytest.raises(Unjudged, match=r"ann: config\.json: Permission denied"):
        judge("desktop.key", judged_desktop(fault="config.json: Permission denied"))
    with pytest.raises(Unjudged, match="the key of ann is struck out"):
        judge("desktop.key", judged_desktop(key=None))
    judge("desktop.key", judged_desktop({"clients": ()}, key=None))
    assert DESKTOP.clients
