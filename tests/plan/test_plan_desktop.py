"""What would change on desktops, and what stands in the way, as values."""

from typing import Any

import pytest
from lobby import NOW, bare, desktop_host, seen_of
from office import KIT, system

from llamakeep.inventory.fleet import Host
from llamakeep.observe.ask import units_of
from llamakeep.observe.asking import ask_of
from llamakeep.observe.facts.services import ServicesFact
from llamakeep.observe.seen import Drift, HostFacts
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.left_out import routed_elsewhere
from llamakeep.services.chatbox.wanted import Stale, WantedChatbox
from llamakeep.services.firewall.observed import UNIT

OTHER = {"provider": {"id": "llamakeep-example.net", "address": "https://api.example.net/v1"}, "certificate": "acme"}


def whats(host: Host, seen: HostFacts) -> list[str]:
    return [f"{change.sign} {change.what}" for change in changes_for(host, seen, KIT, NOW)]


def found(host: Host, seen: HostFacts) -> list[tuple[str, str]]:
    return [(one.severity, one.found) for one in findings_for(host, seen, None, NOW)]


def test_a_desktop_as_converged_is_as_wanted() -> None:
    host = desktop_host("ann")
    assert whats(host, seen_of(host)) == []
    assert found(host, seen_of(host)) == []


def test_a_bare_desktop_gets_chatbox_and_no_firewall() -> None:
    assert whats(desktop_host("ann", "bob"), bare("desk1")) == [
        "+ chatbox 1.20.0",
        "+ the host and its users trust the root of the internal CA",
        "+ Chatbox of ann, bob asks https://api.example.org/v1, each with a key of his own, and reports nothing",
    ]
    assert UNIT not in units_of(desktop_host())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "1.21.0", "archive": "https://mirror.example.org/c.deb"}, "~ chatbox 1.20.0 → 1.21.0"),
        ({"archive": "file:///srv/c.deb"}, "~ chatbox 1.20.0, from another package"),
        ({"fleet:chats_at": OTHER}, "~ whom Chatbox asks, for which models, by whose certificate"),
        ({"fleet:root": "another"}, "~ the root of the internal CA"),
        (
            {"chatbox_users": [{"user": "ann", "client": "ann-desktop", "key": "lk_new"}]},
            "~ who is told of the fleet, his key or his model: ann",
        ),
    ],
)
def test_what_differs_is_one_line(changed: dict[str, Any], said: str) -> None:
    assert whats(desktop_host("ann", **changed), seen_of(desktop_host("ann"))) == [said]


def test_drift_is_put_right() -> None:
    host = desktop_host("ann")
    gone = Drift(kind="link", name="/usr/local/bin/chatbox", found="missing")
    assert whats(host, seen_of(host, drift=(gone,))) == ["+ /usr/local/bin/chatbox: missing"]


def test_a_version_without_a_package_is_refused_before_anything_is_touched() -> None:
    (finding,) = findings_for(desktop_host(version="9.9.9"), bare("desk1"), None, NOW)
    assert (finding.severity, finding.found) == (
        "blocking",
        "chatbox 9.9.9 for linux-amd64 is not shipped with this kit",
    )
    assert finding.expected == "one of 1.20.0"
    arm = bare("desk1", system=system(architecture="arm64"))
    assert found(desktop_host(), arm) == [("blocking", "chatbox 1.20.0 for linux-arm64 is not shipped with this kit")]
    assert found(desktop_host(archive="https://mirror.example.org/c.deb"), arm) == []


def test_a_desktop_is_told_of_the_models_alone_that_some_host_has() -> None:
    host = desktop_host("ann")
    after = routed_elsewhere(host, {"gpu02": ("llava:7b", "mistral:7b")})
    assert after.must_have(WantedChatbox).models == {"mistral:7b": ("gpu01",)}
    assert after.inputs["fleet:chats_at"]["provider"]["models"] == ["mistral:7b"]
    assert routed_elsewhere(host, {"gpu02": ()}) is host


def test_of_a_desktop_no_unit_is_asked() -> None:
    fact = ServicesFact()
    assert "systemctl" not in fact.question(ask_of(desktop_host()))
    assert fact.parse("no units\n") == ()


def test_a_key_that_opens_nothing_any_more_stops_its_desktop_alone() -> None:
    host = desktop_host("ann")
    said = Stale(
        id="key-stale",
        place="chatbox_users[0].key",
        found="is not the key of ann-desktop",
        expected="another",
        remedy="llamakeep key rotate ann",
    )
    stale = host.having("chatbox", host.must_have(WantedChatbox).model_copy(update={"stale": (said,)}))
    (finding,) = findings_for(stale, seen_of(host), None, NOW)
    assert finding.severity == "blocking"
    assert finding.found == (
        "chatbox_users[0].key: is not the key of ann-desktop (chatbox_users, group_vars/desktop_hosts.yml:1)"
    )
    assert (finding.expected, finding.remedy) == ("another", "llamakeep key rotate ann")
