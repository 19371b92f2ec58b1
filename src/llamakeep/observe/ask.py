"""What is asked of one host: the parts of a question that differ from host to host."""

from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.inventory.fleet import Host
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.open_webui.wanted import WantedOpenWebui

FIREWALL = "llamakeep-firewall.service"
UNITS = ("ollama.service", "ollama-api.socket", "ollama-api.service", FIREWALL)
GATEWAY_UNITS = ("llamakeep-gateway.socket", "llamakeep-gateway.service", "llamakeep-gateway-reader.service")
STORE = "/usr/share/ollama/.ollama/models"  # where upstream keeps models
RELEASES = "/opt/llamakeep/ollama"
CHAT_RELEASES = "/opt/llamakeep/open_webui"
DESKTOP_RELEASES = "/opt/llamakeep/chatbox"
DOWNLOADS = "/var/cache/llamakeep"
STATE = "/var/lib/llamakeep"  # the receipt, and what was replaced


class AskChat(NamedTuple):
    """Where the chat's door listens, and where its data lie."""

    address: str
    port: int
    data: str


class AskGateway(NamedTuple):
    """Where the gateway listens, for which domain, and where it says how its hosts are."""

    address: str
    port: int
    domain: str
    metrics_port: int


class Ask(NamedTuple):
    """Paths, units and addresses to ask for."""

    paths: tuple[str, ...] = (STORE, RELEASES, DOWNLOADS, STATE)
    store: str = STORE  # where the server keeps its models
    units: tuple[str, ...] = UNITS
    address: str = "127.0.0.1"  # where the door of the API listens
    port: int = 11434
    python: str = "python3"
    chat: AskChat | None = None  # None: it serves none
    gateway: AskGateway | None = None  # None: it is none


def ask_of(host: Host) -> Ask:
    """Return what to ask of a host: its own settings where it has a part to play, the usual ones elsewhere."""
    ask = Ask(python=host.connection.python or "python3")
    if not host.is_managed:
        return ask
    ask = ask._replace(paths=tuple(_paths(host)), units=tuple(units_of(host)))
    if (chat := host.service(WantedOpenWebui)) is not None:
        ask = ask._replace(chat=_chat(chat))
    if (gateway := host.service(WantedGateway)) is not None:
        ask = ask._replace(gateway=_gateway(gateway))
    if (server := host.service(WantedOllama)) is None:
        return ask
    return ask._replace(address=nearest(server.door.at), port=server.door.port, store=server.store)


def units_of(host: Host) -> list[str]:
    """Return the units that the roles of a host manage, each once; those that come and go by a timer are left out."""
    return list(
        dict.fromkeys(
            unit.name
            for one in host.services.values()
            for unit in one.managed.units
            if not unit.name.endswith(".timer")
        )
    )


def _paths(host: Host) -> list[str]:
    found: list[str] = []
    if (server := host.service(WantedOllama)) is not None:
        found += [server.store, RELEASES]
    if (chat := host.service(WantedOpenWebui)) is not None:
        found += [chat.data, CHAT_RELEASES]
    if "chatbox" in host.services:
        found += [DESKTOP_RELEASES]
    return [*found, DOWNLOADS, STATE]


def _chat(wanted: WantedOpenWebui) -> AskChat:
    return AskChat(nearest(wanted.door.at), wanted.door.port, wanted.data)


def _gateway(wanted: WantedGateway) -> AskGateway:
    return AskGateway(nearest(wanted.addresses), wanted.port, wanted.domain, wanted.metrics_port)
