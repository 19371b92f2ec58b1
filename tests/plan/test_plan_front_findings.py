"""What stands in the way of chats and gateways, as values."""

from typing import Any

import pytest
from lobby import NOW, bare, certificate, chat_host, gateway_host, leads, seen_of
from office import GIB, room, system

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Listener, SeenUnit
from llamakeep.plan.finding import findings_for
from llamakeep.services.gateway.observed.seen import SeenBackend, SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui


def found(host: Host, seen: HostFacts) -> list[tuple[str, str]]:
    return [(one.severity, one.found) for one in findings_for(host, seen, None, NOW)]


@pytest.mark.parametrize(
    ("host", "listener", "said"),
    [
        (
            gateway_host(),
            Listener(address="0.0.0.0", port=443, program="nginx", pid=77),
            "port 443 is taken by nginx (pid 77), which listens on 0.0.0.0",
        ),
        (
            gateway_host(),
            Listener(address="127.0.0.1", port=8405, program="python3", pid=78),
            "port 8405 is taken by python3 (pid 78), which listens on 127.0.0.1",
        ),
        (
            chat_host(),
            Listener(address="::", port=8080, program="java", pid=79),
            "port 8080 is taken by java (pid 79), which listens on ::",
        ),
    ],
)
def test_a_port_that_another_program_holds(host: Host, listener: Listener, said: str) -> None:
    (finding,) = findings_for(host, bare(host.name, listeners=(listener,)), None, NOW)
    assert (finding.severity, finding.found) == ("blocking", said)
    assert "to another port" in finding.remedy


def test_what_is_ours_holds_its_port_rightly() -> None:
    socket = SeenUnit(unit="open-webui-web.socket", active="active", enabled="enabled", pid=None)
    listener = Listener(address="192.0.2.21", port=8080, program="systemd", pid=1)
    assert found(chat_host(), bare("chat1", units=(socket,), listeners=(listener,))) == []
    stranger = Listener(address="192.0.2.99", port=8080, program="java", pid=3)
    assert found(chat_host(), bare("chat1", listeners=(stranger,))) == []


def test_a_version_below_the_floor_is_refused_unless_accepted() -> None:
    host = chat_host(open_webui_version="0.8.12")
    said = [text for severity, text in found(host, bare("chat1")) if severity == "blocking"]
    assert said[0] == (
        "open webui 0.8.12 has CVE-2026-45671 (8.0): whoever may log in can delete the files of other people, "
        "where a shared chat names them"
    )
    assert len([one for one in said if "has CVE-" in one]) == 3
    accepted = dict.fromkeys(("CVE-2026-45671", "CVE-2026-45349", "CVE-2026-45339"), "two people, who trust each other")
    trusting = host.having("open_webui", host.must_have(WantedOpenWebui).model_copy(update={"accepted": accepted}))
    assert not [text for severity, text in found(trusting, bare("chat1")) if severity == "blocking" and "CVE" in text]


def test_a_vulnerable_one_that_runs_is_named() -> None:
    seen = seen_of(chat_host(open_webui_version="0.8.12"))
    assert any(
        "open webui 0.8.12, which the host has now, has CVE-2026-45671" in text for _, text in found(chat_host(), seen)
    )


def test_a_version_that_nobody_locked() -> None:
    (finding,) = findings_for(chat_host(open_webui_version="0.99.0"), bare("chat1"), None, NOW)
    assert (finding.severity, finding.found) == ("blocking", "open webui 0.99.0 (slim) is not locked")
    assert "0.12.4" in finding.expected


def test_a_python_that_nobody_locked_for() -> None:
    (finding,) = findings_for(chat_host(), bare("chat1", system=system(python="3.12.4")), None, NOW)
    assert finding.found == "open webui 0.12.4 is not locked for Python 3.12, this host's own"
    assert finding.expected.startswith("Python 3.11 or 3.13")


def test_going_back_is_a_warning() -> None:
    seen = seen_of(chat_host(open_webui_version="0.13.0"))
    assert (
        "warning",
        "open webui goes back from 0.13.0 to 0.12.4: the database comes back that this one left",
    ) in found(chat_host(), seen)


def test_room_for_a_version_that_comes() -> None:
    (finding,) = findings_for(chat_host(), bare("chat1", space=room(GIB)), None, NOW)
    assert finding.found.startswith("no room for what has to come: 1.0 GiB free")
    assert "1.2 GiB for open webui 0.12.4" in finding.expected
    host = chat_host()
    assert found(host, seen_of(host, space=room(GIB // 2))) == []


def test_a_chat_that_lets_anybody_in() -> None:
    host = chat_host()
    seen = SeenOpenWebui(answers=True, version="0.12.4", sign_up=True, admins=0)
    assert found(host, seen_of(host, open_webui=seen)) == [
        ("warning", "the chat lets anybody make an account"),
        ("warning", "the chat has no administrator"),
    ]


@pytest.mark.parametrize(
    ("source", "until", "expected"),
    [
        ("internal", "2026-12-10T00:00:00Z", [("warning", "ends in 17 days, on 2026-12-10")]),
        ("internal", "2026-11-01T00:00:00Z", [("warning", "ended on 2026-11-01: no client takes it")]),
        ("given", "2026-11-24T00:00:00+00:00", [("warning", "ends in 1 day, on 2026-11-24")]),
        ("given", "2026-11-01T00:00:00Z", [("blocking", "ended on 2026-11-01: no client takes it")]),
        ("acme", "2026-11-01T00:00:00", [("warning", "ended on 2026-11-01: no client takes it")]),
        ("given", "2027-11-01T00:00:00Z", []),
        ("given", "some day", []),
    ],
)
def test_a_certificate_that_ends(source: str, until: str, expected: list[tuple[str, str]]) -> None:
    host = gateway_host(source=source, gateway_certificate_and_key="-----BEGIN" if source == "given" else "")
    seen = seen_of(host, gateway=SeenGateway(answers=True, certificate=certificate(until)))
    assert found(host, seen) == [(severity, f"the certificate of the gateway {text}") for severity, text in expected]


def test_an_expired_one_that_is_replaced_now_blocks_nothing() -> None:
    before = gateway_host(source="given", gateway_certificate_and_key="old")
    after = gateway_host(source="given", gateway_certificate_and_key="new")
    seen = seen_of(before, gateway=SeenGateway(answers=True, certificate=certificate("2026-11-01T00:00:00Z")))
    assert [severity for severity, _ in found(after, seen)] == ["warning"]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("*.example.org",), ""),
        (("CHAT.example.org", "api.example.org"), ""),
        (("chat.example.org",), "api.example.org"),
        (("*.org",), "chat.example.org and api.example.org"),
    ],
)
def test_a_certificate_for_other_names(names: tuple[str, ...], missing: str) -> None:
    host = gateway_host(source="given")
    seen = seen_of(host, gateway=SeenGateway(answers=True, certificate=certificate("2027-11-01T00:00:00Z", *names)))
    findings = findings_for(host, seen, None, NOW)
    assert [one.expected for one in findings] == ([f"also {missing}: clients refuse it there"] if missing else [])


def backends(**up: bool) -> SeenGateway:
    every = tuple(SeenBackend(model="mistral:7b", host=name, up=state) for name, state in up.items())
    return SeenGateway(answers=True, certificate=certificate(), backends=every)


def test_hosts_that_the_gateway_does_not_reach() -> None:
    host = gateway_host()
    (finding,) = findings_for(host, seen_of(host, gateway=backends(gpu01=True, gpu02=False)), None, NOW)
    assert (finding.severity, finding.found) == ("warning", "the gateway does not reach gpu02: it asks the others")
    (finding,) = findings_for(host, seen_of(host, gateway=backends(gpu01=False, gpu02=False)), None, NOW)
    assert finding.found == "the gateway reaches no host for mistral:7b: clients are told so"


def test_a_model_that_leads_nowhere() -> None:
    host = gateway_host(**{"fleet:routes": leads()})
    assert found(host, seen_of(host)) == [("warning", "the gateway leads to no model")]
    bereft = host.having("gateway", host.must_have(WantedGateway).model_copy(update={"models": {"mistral:7b": ()}}))
    assert found(bereft, seen_of(bereft)) == [("warning", "the gateway leads nowhere for mistral:7b: no host has it")]


@pytest.mark.parametrize("fields", [{"os": "macos", "os_name": "macOS 26.6", "init": "launchd"}, {"init": "sshd"}])
def test_machines_that_will_not_do_are_taken_out_of_their_own_group(fields: dict[str, Any]) -> None:
    findings = findings_for(chat_host(), bare("chat1", system=system(**fields)), None, NOW)
    assert findings[0].severity == "blocking"
    assert findings[0].remedy == "take it out of chat_hosts"
