"""What would change in chats and gateways, as values."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.routes import without
from hypothesis import given
from hypothesis import strategies as st
from lobby import MADE, NOW, bare, certificate, chat_host, gateway_host, leads, receipt, seen_of, units
from office import KIT, MISTRAL, converged
from office import host as llm_host

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock
from llamakeep.observe.seen import Drift, HostFacts, Observation
from llamakeep.plan import compare
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.left_out import routed_elsewhere
from llamakeep.plan.plan import Change
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui


def changes(host: Host, seen: HostFacts) -> tuple[Change, ...]:
    return changes_for(host, seen, KIT, NOW)


def whats(host: Host, seen: HostFacts) -> list[str]:
    return [f"{change.sign} {change.what}" for change in changes(host, seen)]


@pytest.mark.parametrize("host", [chat_host("ann@example.org"), gateway_host("ann")])
def test_a_host_as_converged_is_as_wanted(host: Host) -> None:
    assert changes(host, seen_of(host)) == ()
    assert findings_for(host, seen_of(host), None, NOW) == ()


def test_a_bare_host_gets_a_chat() -> None:
    assert whats(chat_host("ann@example.org"), bare("chat1")) == [
        "+ firewall, table inet llamakeep: closed before anything listens",
        "+ open webui 0.12.4, sealed off the network",
        "+ open-webui.service asks for models through a door to 192.0.2.1:11434 alone",
        "+ door open-webui-web at 192.0.2.21:8080, open to gateway_hosts",
        "+ the chat at https://chat.example.org, sign-up closed",
        "+ ann@example.org may log in, beside the first administrator",
    ]


def test_a_bare_host_becomes_a_gateway() -> None:
    assert whats(gateway_host("ann", "robot"), bare("gate1")) == [
        "+ firewall, table inet llamakeep: closed before anything listens",
        "+ certificate from the internal CA: llamakeep ca show hands out its root",
        "+ gateway https://chat.example.org and https://api.example.org, at 192.0.2.30:443",
        "+ leads to 1 model on gpu01, gpu02; chat on chat1",
        "+ a key for ann, robot",
    ]


def test_another_variant_of_a_version_is_no_other_version() -> None:
    seen = seen_of(chat_host())
    assert seen.receipt is not None
    link = {"path": "/opt/llamakeep/open_webui/current", "to": "0.12.4-full"}
    left = seen.receipt.model_copy(update={"managed": {**seen.receipt.managed, "open_webui": {"links": [link]}}})
    assert changes(chat_host(), seen.model_copy(update={"receipt": left})) == ()


def test_another_version_says_that_a_backup_is_made_first() -> None:
    seen = seen_of(chat_host(open_webui_version="0.11.3"))
    (change,) = changes(chat_host(), seen)
    assert change.what == "open webui 0.11.3 → 0.12.4, after a backup"
    assert change.why == "open_webui_version, group_vars/chat_hosts.yml:1"
    assert change.restarts == ("open-webui.service",)


@pytest.mark.parametrize(
    ("before", "after", "what", "restarts", "reloads"),
    [
        (
            chat_host(),
            chat_host(open_webui_uploads=True),
            "open_webui_uploads: true",
            ("open-webui.service",),
            (),
        ),
        (chat_host(), chat_host(port=8081), "open_webui_port: 8081", ("open-webui-web.socket",), ()),
        (
            chat_host(),
            chat_host(**{"fleet:upstream": {"models": {"host": "gpu02"}}}),
            "whom the chat asks for models, or its address",
            ("open-webui.service",),
            (),
        ),
        (
            chat_host(),
            chat_host(**{"fleet:chat_allowed_clients": {"ipv4": [], "ipv6": []}}),
            "firewall, table inet llamakeep: allowed clients changed",
            (),
            (),
        ),
        (gateway_host(), gateway_host(gateway_rate=60), "gateway_rate: 60", (), ("llamakeep-gateway.service",)),
        (
            gateway_host(),
            gateway_host(**{"fleet:routes": leads(mistral=("gpu02",))}),
            "to which hosts, models and chats the gateway leads",
            (),
            ("llamakeep-gateway.service",),
        ),
    ],
)
def test_a_setting_says_what_it_restarts_and_reloads(
    before: Host, after: Host, what: str, restarts: tuple[str, ...], reloads: tuple[str, ...]
) -> None:
    (change,) = changes(after, seen_of(before))
    assert (change.what, change.restarts, change.reloads) == (what, restarts, reloads)


def test_an_option_that_came_with_another_kit_is_a_line_only_where_somebody_set_it() -> None:
    later = gateway_host(gateway_queue_limit=60)
    assert changes(later, seen_of(gateway_host())) == ()
    (change,) = changes(
        later.model_copy(update={"places": {"gateway_queue_limit": "hosts.yml:4"}}), seen_of(gateway_host())
    )
    assert (change.what, change.why) == ("gateway_queue_limit: 60", "gateway_queue_limit, hosts.yml:4")


def test_keys_come_and_go_by_name() -> None:
    assert whats(gateway_host("ann", "carl"), seen_of(gateway_host("ann", "bob"))) == [
        "+ a key for carl",
        "- the key of bob: it opens nothing any more",
    ]


def test_a_rotated_key_and_keys_that_nobody_could_read() -> None:
    rotated = gateway_host("ann", gateway_keys={"ann": {"sha256": "cd" * 32}})
    assert whats(rotated, seen_of(gateway_host("ann"))) == ["~ a key, or how often a client may ask"]
    silent = seen_of(gateway_host("ann"), gateway=SeenGateway(answers=False))
    assert whats(rotated, silent) == [
        "~ llamakeep-gateway.service is active and does not answer: it is restarted if it stays silent",
        "~ the keys of the clients",
    ]


def test_people_come_by_name_and_nobody_goes() -> None:
    wanted = chat_host("ann@example.org", "bob@example.org")
    (change,) = changes(wanted, seen_of(chat_host("Ann@example.org", "carl@example.org")))
    assert (change.sign, change.what) == ("+", "bob@example.org may log in")
    assert change.why == "open_webui_users, group_vars/chat_hosts.yml:2"
    unread = SeenOpenWebui(answers=True, version="0.12.4")
    assert whats(wanted, seen_of(chat_host(), open_webui=unread)) == ["~ the people who may log in"]
    disabled = chat_host("ann@example.org", open_webui_users=[{"email": "ann@example.org", "state": "disabled"}])
    assert whats(disabled, seen_of(chat_host("ann@example.org"))) == [
        "~ role, state or first password of people who may log in"
    ]


def test_many_people_are_one_line() -> None:
    names = [f"u{number}@example.org" for number in range(9)]
    (change,) = changes(chat_host(*names), seen_of(chat_host()))
    assert change.what.endswith("u5@example.org and 3 more may log in")


@pytest.mark.parametrize(
    ("host", "unit", "said"),
    [
        (chat_host(), "open-webui.service", "open-webui.service is failed: it is started"),
        (chat_host(), "open-webui-web.socket", "open-webui-web.socket is failed: it is started"),
        (chat_host(), "open-webui-models.socket", "open-webui-models.socket is failed: it is started"),
        (gateway_host(), "llamakeep-gateway.socket", "llamakeep-gateway.socket is failed: it is started"),
        (
            gateway_host(),
            "llamakeep-gateway-reader.service",
            "llamakeep-gateway-reader.service is failed: it is started",
        ),
    ],
)
def test_what_is_down_is_started(host: Host, unit: str, said: str) -> None:
    failed = tuple(one.model_copy(update={"active": "failed"}) for one in units(unit))
    (change,) = changes(host, seen_of(host, units=failed))
    assert (change.what, change.restarts) == (said, (unit,))


def test_a_chat_that_lost_its_seal_or_does_not_answer() -> None:
    host = chat_host()
    (service,) = units("open-webui.service")
    unsealed = service.model_copy(update={"interfaces": ("lo", "eth0")})
    (change,) = changes(host, seen_of(host, units=(unsealed,)))
    assert "sees eth0 beside loopback" in change.what
    (change,) = changes(host, seen_of(host, open_webui=SeenOpenWebui(answers=False)))
    assert change.what == "open-webui.service is active and does not answer: it is restarted if it stays silent"


def test_a_door_that_moves_was_asked_where_it_is_not_yet() -> None:
    seen = seen_of(chat_host(), open_webui=SeenOpenWebui(answers=False))
    assert whats(chat_host(port=8081), seen) == ["~ open_webui_port: 8081"]


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (certificate("2026-12-10T00:00:00Z"), "the one in use ends on 2026-12-10"),
        (certificate("2026-11-01T00:00:00Z"), "the one in use ends on 2026-11-01"),
        (certificate("2027-02-20T00:00:00Z", "chat.example.org"), "the one in use does not bear api.example.org"),
    ],
)
def test_the_internal_ca_makes_another_certificate_in_time(shown: object, why: str) -> None:
    host = gateway_host()
    (change,) = changes(host, seen_of(host, gateway=SeenGateway(answers=True, certificate=shown)))  # type: ignore[arg-type]
    assert (change.what, change.why, change.reloads) == (MADE, why, ("llamakeep-gateway.service",))


def together(one: Host, other: Host) -> Host:
    services, inputs = {**one.services, **other.services}, {**one.inputs, **other.inputs}
    return one.model_copy(update={"services": services, "inputs": inputs})


def test_a_host_of_the_models_becomes_a_chat_as_well() -> None:
    models, chat = llm_host(MISTRAL), chat_host()
    both = models.model_copy(
        update={"services": {**models.services, **chat.services}, "inputs": {**models.inputs, **chat.inputs}}
    )
    found = whats(both, converged(models))
    assert found[0] == "+ open webui 0.12.4, sealed off the network"
    assert not [one for one in found if "open_webui_" in one or "ollama" in one]


def test_a_host_that_left_its_group_is_one_line() -> None:
    models, chat = llm_host(MISTRAL), chat_host()
    both = models.model_copy(
        update={"services": {**models.services, **chat.services}, "inputs": {**models.inputs, **chat.inputs}}
    )
    seen = converged(models)
    assert seen.receipt is not None
    left = seen.receipt.model_copy(update={"inputs": {**seen.receipt.inputs, **receipt(both).inputs}})
    (change,) = changes(models, seen.model_copy(update={"receipt": left}))
    assert change.what == "open webui is no longer looked after; what runs of it stays"
    assert change.why == "the host is not in chat_hosts any more"


def test_a_receipt_that_knows_less_of_the_fleet_says_nothing_of_it() -> None:
    host = chat_host(**{"fleet:root": "-----BEGIN"})
    assert changes(host, seen_of(chat_host())) == ()


def test_a_gateway_leads_around_models_that_are_left_out() -> None:
    host = gateway_host(**{"fleet:routes": leads(mistral=("gpu01", "gpu02"), llava=("gpu02",))})
    after = routed_elsewhere(host, {"gpu02": ("mistral:7b", "llava:7b"), "gpu01": ()})
    assert after.must_have(WantedGateway).models == {"mistral:7b": ("gpu01",), "llava:7b": ()}
    told = after.inputs["fleet:routes"]
    assert [model["name"] for model in told["models"]] == ["mistral:7b"]
    assert (told["names"], told["tags"]) == ({"mistral:7b": "mistral:7b"}, '{"models":[{"name":"mistral:7b"}]}\n')
    assert routed_elsewhere(host, {"gpu01": ()}) is host


def test_an_odd_drift_ends_no_plan() -> None:
    host = llm_host(MISTRAL)
    for kind in ("model", "blob", "file", "unit", "user", "firewall"):
        assert changes(host, converged(host, drift=(Drift(kind=kind, name="", found="missing"),)))


KINDS = st.sampled_from(["user", "folder", "file", "link", "unit", "model", "blob", "firewall", "odd"])


@given(st.lists(st.builds(Drift, kind=KINDS, name=st.text(max_size=20), found=st.text(max_size=20)), max_size=4))
def test_whatever_a_host_says_of_its_drift_there_is_a_plan(drift: list[Drift]) -> None:
    for host, seen in ((llm_host(MISTRAL), converged(llm_host(MISTRAL))), (chat_host(), seen_of(chat_host()))):
        changed = seen.model_copy(update={"drift": tuple(drift)})
        told = [one for one in drift if one.kind != "odd"]
        assert len(changes(host, changed)) >= len(told)
        assert findings_for(host, changed, None, NOW) == ()


def test_every_managed_host_is_in_the_plan() -> None:
    hosts = (llm_host(MISTRAL), chat_host(), gateway_host())
    fleet = Fleet(inventory="inventories/office", lock=Lock(), hosts=hosts)
    seen = (converged(hosts[0]), seen_of(hosts[1]), seen_of(hosts[2]))
    plan = compare(fleet, Observation(inventory="inventories/office", seconds=1, hosts=seen), KIT, NOW)
    assert [(host.host, host.state) for host in plan.hosts] == [
        ("gpu03", "as wanted"),
        ("chat1", "as wanted"),
        ("gate1", "as wanted"),
    ]
    assert plan.unmanaged == ()
    assert without(leads(), {}) == leads()
