"""The services in a report: what people type, how long its certificate lasts, who has a key, who is behind it."""

import json
from html.parser import HTMLParser

import pytest
from a_run import FLEET, NAME, OBSERVATION, recorded

from llamakeep import report
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.report.began import began
from llamakeep.report.stage import Case, stages
from llamakeep.runs import STAGES
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.observed.seen import SeenBackend, SeenCertificate, SeenGateway
from llamakeep.services.gateway.reported.line import gateway_line
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import services

CHAT = WantedOpenWebui(
    version="0.12.4",
    door=Door(
        name="open-webui-web", into="open-webui.service", port=8080, at=("192.0.2.5",), groups=("gateway_hosts",)
    ),
    url="https://chat.example.org",
    data="/var/lib/open-webui",
    backend="192.0.2.10:443",
)
GATEWAY = WantedGateway(
    domain="example.org",
    addresses=("192.0.2.10",),
    port=443,
    certificate="internal",
    keys=(WantedKey(name="ann", created="2026-11-20"), WantedKey(name="ann", created="", until="2026-11-29")),
    models={"mistral:7b": ("gpu01", "gpu02")},
    chats=("chat01",),
    metrics_port=8405,
)
SEEN_CHAT = SeenOpenWebui(answers=True, version="0.12.4", sign_up=False, admins=1, users=("ada@example.org", "<b>@x"))
SEEN = SeenGateway(
    answers=True,
    version="3.0.11",
    certificate=SeenCertificate(
        names=("chat.example.org", "api.example.org"), issuer="an internal CA", until="2027-02-20T17:05:10Z"
    ),
    keys=("ann", "eve"),
    backends=(
        SeenBackend(model="mistral:7b", host="gpu01", up=True, serving=2, queued=3),
        SeenBackend(model="mistral:7b", host="gpu02", up=False),
    ),
)

NOW = began(NAME)


class Text(HTMLParser):
    """Keeps what a person reads."""

    def __init__(self):
        super().__init__()
        self.said = []

    def handle_data(self, data):
        self.said.append(data.strip())


def host(name, last, **parts):
    address = f"192.0.2.{last}"
    return Host(name=name, groups=(), connection=Connection(kind="ssh", address=address), services=services(**parts))


@pytest.fixture
def folder(tmp_path):
    """The records of a run over a chat and a gateway, and nothing that was judged."""
    run = recorded(tmp_path, "inventory", "observe")
    fleet = FLEET.model_copy(
        update={"hosts": (host("chat01", 5, open_webui=CHAT), host("gate01", 10, gateway=GATEWAY))}
    )
    seen = OBSERVATION.model_copy(
        update={
            "hosts": (
                HostFacts(host="chat01", reachable=True, services={"open_webui": SEEN_CHAT}),
                HostFacts(host="gate01", reachable=True, services={"gateway": SEEN}),
            )
        }
    )
    for stage, record in (("inventory", fleet), ("observe", seen)):
        (run / f"{STAGES.index(stage) + 1}-{stage}.json").write_text(record.model_dump_json())
    return run


def test_a_page_has_addresses_certificate_users_keys_and_hosts(folder):
    paths = report.write(folder)
    page = paths.html.read_text()
    reader = Text()
    reader.feed(page)
    said = set(reader.said)
    assert {"https://chat.example.org", "https://api.example.org", "HAProxy 3.0.11", "Open WebUI 0.12.4, slim"} <= said
    assert {"2027-02-20, 89 days left", "for chat.example.org, api.example.org, by an internal CA"} <= said
    assert {"2 days", "older half, until 2026-11-29", "in force, not in the inventory"} <= said
    assert {"there", "not there", "closed"} <= said
    assert any("ada@example.org" in text and "1 of them an administrator" in text for text in said)
    assert "<b>@x" not in page


def test_the_json_has_the_same(folder):
    text = report.write(folder).json.read_text()
    for word in ("https://api.example.org", '"serving": 2', "ada@example.org"):
        assert word in text
    chat01, gate01 = json.loads(text)["hosts"]
    assert (list(chat01["services"]), list(gate01["services"])) == (["open_webui"], ["gateway"])


def test_the_doors_of_a_chat_are_among_the_doors(folder):
    assert "open-webui-web" in report.write(folder).html.read_text()


def test_what_nobody_looked_at_is_not_called_broken():
    line = gateway_line(GATEWAY, None, NOW)
    assert {each.state for each in (*line.keys, *line.backends)} == {"not looked at"}
    assert (line.state, line.until, line.version) == ("not looked at", "", "")
    chat = stages()["open_webui"].line(Case(NOW), CHAT)
    assert (chat.state, chat.users, chat.version, chat.sign_up) == ("not looked at", None, "0.12.4, slim", "not known")


@pytest.mark.parametrize(
    ("until", "says", "colour"),
    [
        ("2026-11-23T18:00:00Z", "2026-11-23, 1 day left", "unknown"),
        ("2026-11-20T00:00:00Z", "2026-11-20, ended 3 days ago", "bad"),
        ("2027-02-20T17:05:12Z", "2027-02-20, 90 days left", "good"),
        ("soon", "", "bad"),
    ],
)
def test_a_certificate_that_ends_soon_is_coloured(until, says, colour):
    certificate = SEEN.certificate.model_copy(update={"until": until})
    line = gateway_line(GATEWAY, SEEN.model_copy(update={"certificate": certificate}), NOW)
    assert (line.until, line.lasts) == (says, colour)


def test_a_host_that_should_have_a_model_and_is_not_even_known_is_not_there():
    line = gateway_line(GATEWAY, SEEN.model_copy(update={"backends": SEEN.backends[:1]}), NOW)
    assert [(each.host, each.state) for each in line.backends] == [("gpu01", "there"), ("gpu02", "not there")]


def test_another_port_is_part_of_the_address():
    line = gateway_line(GATEWAY.model_copy(update={"port": 8443}), None, NOW)
    assert (line.url, line.chat) == ("https://api.example.org:8443", "https://chat.example.org:8443")


def test_a_desktop_is_shown_with_its_version_and_its_users(folder):
    desktop = WantedChatbox(version="1.20.0", users=("ann", "<b>"), clients=("ann-desktop",), url="https://api.x/v1")
    fleet = FLEET.model_copy(update={"hosts": (host("desk1", 60, chatbox=desktop),)})
    (folder / f"{STAGES.index('inventory') + 1}-inventory.json").write_text(fleet.model_dump_json())
    page = report.write(folder).html.read_text()
    reader = Text()
    reader.feed(page)
    assert {"Chatbox 1.20.0", "https://api.x/v1", "ann, <b>", "ann-desktop"} <= set(reader.said)
    assert "<b>" not in page
