"""What the hosts of a fleet are asked, by what they are to be."""

import subprocess
import sys

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Host
from llamakeep.observe.asking import ask_of
from llamakeep.observe.looking import FACTS
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.gateway.observed.ask import AskGateway
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.services.ollama.observed.ask import AskOllama
from llamakeep.services.open_webui.observed.ask import AskOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from tables import services

CONNECTION = Connection(kind="ssh", address="192.0.2.5", python="/usr/bin/python3")
CHAT = WantedOpenWebui(
    version="0.12.4",
    door=Door(name="open-webui-web", into="open-webui.service", port=8080, at=("192.0.2.5", "127.0.0.1")),
    url="https://chat.example.org",
    data="/srv/it's the chat",
)
GATEWAY = WantedGateway(
    domain="example.org",
    addresses=("192.0.2.5",),
    port=8443,
    certificate="internal",
    keys=(),
    models={},
    chats=("chat1",),
    metrics_port=8405,
)


def host(**parts) -> Host:
    return Host(name="one", groups=(), connection=CONNECTION, services=services(**parts))


def test_a_host_is_asked_for_what_it_is_to_be() -> None:
    asked = ask_of(host(firewall=WantedFirewall(), open_webui=CHAT, gateway=GATEWAY))
    assert asked.service(AskOpenWebui) == AskOpenWebui("127.0.0.1", 8080, "/srv/it's the chat")
    assert asked.service(AskGateway) == AskGateway("192.0.2.5", 8443, "example.org", 8405)
    assert asked.service(AskOllama) is None
    assert {"open-webui-models.socket", "llamakeep-gateway.socket", "llamakeep-firewall.service"} <= set(asked.units)
    assert "ollama.service" not in asked.units
    assert asked.paths[:2] == ("/srv/it's the chat", "/opt/llamakeep/open_webui")


def test_a_host_without_a_part_is_asked_as_ever() -> None:
    asked = ask_of(host())
    assert (asked.python, asked.services) == ("/usr/bin/python3", ())
    assert asked.paths == (
        "/usr/share/ollama/.ollama/models",
        "/opt/llamakeep/ollama",
        "/var/cache/llamakeep",
        "/var/lib/llamakeep",
    )
    ours = (
        "ollama.service",
        *(f"ollama-{door}.{kind}" for door in ("api", "manage") for kind in ("socket", "service")),
    )
    assert asked.units == ("llamakeep-firewall.service", *ours)


def test_loopback_is_nearest_and_a_wildcard_is_there_too() -> None:
    assert nearest(["192.0.2.11", "[::]"]) == "::1"
    assert nearest(["192.0.2.11"]) == "192.0.2.11"


def test_the_clock_is_asked_last_and_no_two_facts_share_a_name() -> None:
    names = [fact.name for fact in FACTS]
    assert names[-1] == "clock"
    assert len(set(names)) == len(names)
    assert {"ollama", "copies", "chat", "gateway", "receipt"} <= set(names)


def test_the_process_that_reaches_the_hosts_knows_no_service() -> None:
    code = "import sys, llamakeep.observe.worker; print([name for name in sys.modules if 'llamakeep.services' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
