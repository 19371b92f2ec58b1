"""What is asked of one host: the parts of a question that differ from host to host."""

from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.inventory.fleet import Host, WantedChat, WantedGateway

FIREWALL = "llamakeep-firewall.service"
UNITS = ("ollama.service", "ollama-api.socket", "ollama-api.service", FIREWALL)
CHAT_UNITS = ("open-webui.service", "open-webui-web.socket", "open-webui-web.service")
WAY_OUT_UNITS = ("open-webui-models.socket", "open-webui-models.service")  # where the chat is in no Ollama's network
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
    if host.chat is not None:
        ask = ask._replace(chat=_chat(host.chat))
    if host.gateway is not None:
        ask = ask._replace(gateway=_gateway(host.gateway))
    if host.ollama is None:
        return ask
    door = host.ollama.door
    return ask._replace(address=nearest(door.at), port=door.port, store=host.ollama.store)


def units_of(host: Host) -> list[str]:
    """Return the units of what a host has to be, each once, the firewall's after them; a desktop has none."""
    found: list[str] = []
    if host.ollama is not None:
        found += [unit for unit in UNITS if unit != FIREWALL]
    if host.chat is not None:
        found += [*CHAT_UNITS, *(() if host.chat.sealed_with else WAY_OUT_UNITS)]
    if host.gateway is not None:
        found += GATEWAY_UNITS
    return [*found, FIREWALL] if host.has_firewall else found


def _paths(host: Host) -> list[str]:
    found: list[str] = []
    if host.ollama is not None:
        found += [host.ollama.store, RELEASES]
    if host.chat is not None:
        found += [host.chat.data, CHAT_RELEASES]
    if host.desktop is not None:
        found += [DESKTOP_RELEASES]
    return [*found, DOWNLOADS, STATE]


def _chat(wanted: WantedChat) -> AskChat:
    return AskChat(nearest(wanted.door.at), wanted.door.port, wanted.data)


def _gateway(wanted: WantedGateway) -> AskGateway:
    return AskGateway(nearest(wanted.addresses), wanted.port, wanted.domain, wanted.metrics_port)
