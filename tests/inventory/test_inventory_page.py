"""How a fleet with chats, gateways and desktops reads on a terminal."""

import io
from datetime import date

import pytest
from rich.console import Console

from llamakeep.hosts.connection import Connection
from llamakeep.inventory import page
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey
from llamakeep.services.gateway.wanted.row import key_words
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import services

TODAY = date(2026, 11, 23)
CHAT = WantedOpenWebui(
    version="0.12.4",
    door=Door(
        name="open-webui-web", into="open-webui.service", port=8080, at=("192.0.2.21",), groups=("gateway_hosts",)
    ),
    url="https://chat.example.org",
    data="/var/lib/open-webui",
    backend="192.0.2.1:11434",
    users=("ann@example.org", "bob@example.org"),
)
GATEWAY = WantedGateway(
    domain="example.org",
    addresses=("192.0.2.30", "2001:db8::30"),
    port=8443,
    certificate="internal",
    keys=(WantedKey(name="ann", created="2026-11-20"), WantedKey(name="ann", created="", until="2026-11-27")),
    models={"mistral:7b": ("gpu01", "gpu02")},
    chats=("chat1",),
    metrics_port=8405,
)


def host(name: str, **parts: object) -> Host:
    connection = Connection(kind="ssh", address="192.0.2.9")
    return Host(name=name, groups=("lobby",), connection=connection, services=services(**parts))  # type: ignore[arg-type]


def printed(*hosts: Host, one: str | None = None) -> str:
    out = io.StringIO()
    fleet = Fleet(inventory="inventories/office", lock=Lock(), hosts=hosts)
    page.show(fleet, Console(file=out, width=220, highlight=False), one, today=TODAY)
    return out.getvalue()


def test_chats_and_gateways_have_tables_of_their_own() -> None:
    said = printed(host("chat1", open_webui=CHAT), host("gate1", gateway=GATEWAY))
    rows = [" ".join(line.split()) for line in said.splitlines()]
    assert (
        "chat1 0.12.4 https://chat.example.org 192.0.2.21:8080 for gateway_hosts 192.0.2.1:11434 "
        "ann@example.org, bob@example.org" in rows
    )
    assert (
        "gate1 https://api.example.org:8443 192.0.2.30, [2001:db8::30] port 8443 internal "
        "1 model on gpu01, gpu02; chat on chat1 ann (3 days), ann (the old one, until 2026-11-27)" in rows
    )


def test_a_fleet_without_a_front_door_has_one_table() -> None:
    assert "chat" not in printed(host("gpu01"))
    assert "keys" not in printed(host("gpu01"))


@pytest.mark.parametrize(
    ("created", "said"),
    [("2026-11-22", "ann (1 day)"), ("2026-11-23", "ann (0 days)"), ("", "ann"), ("yesterday", "ann")],
)
def test_a_key_has_an_age_where_somebody_wrote_it_down(created: str, said: str) -> None:
    assert key_words(WantedKey(name="ann", created=created), TODAY) == said


def test_desktops_have_a_table_of_their_own() -> None:
    desktop = WantedChatbox(
        version="1.20.0", users=("ann", "bob"), clients=("ann-desktop",), url="https://api.example.org/v1"
    )
    rows = [" ".join(line.split()) for line in printed(host("desk1", chatbox=desktop)).splitlines()]
    assert "desk1 1.20.0 https://api.example.org/v1 ann, bob ann-desktop" in rows
    assert "desktop" not in printed(host("gpu01"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lock:ollama", {"linux-amd64": {"sha256": "ab" * 32}}, "linux-amd64 abababababab…"),
        ("fleet:routes", {"hosts": [1, 2], "models": [1], "chats": []}, "2 hosts, 1 models, 0 chats"),
        (
            "fleet:chats_at",
            {"provider": {"address": "https://api.x/v1", "models": ["a"]}},
            "https://api.x/v1, 1 models",
        ),
        ("fleet:chats_at", {"provider": {}}, "nobody, 0 models"),
        ("gateway_keys", {"ann": 1}, '{"ann": 1}'),
        ("gateway_domain", "example.org", "example.org"),
    ],
)
def test_an_input_that_is_long_is_told_in_short_by_its_service(name: str, value: object, said: str) -> None:
    gate = host("gate1", gateway=GATEWAY).model_copy(update={"inputs": {name: value}})
    (row,) = [line for line in printed(gate, one="gate1").splitlines() if line.startswith(name)]
    assert said in row
