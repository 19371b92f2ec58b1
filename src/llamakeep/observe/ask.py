"""What is asked of one host: the parts of a question that differ from host to host."""

from typing import NamedTuple

from llamakeep.inventory.fleet import Host

UNITS = ("ollama.service", "ollama-api.socket", "ollama-api.service", "llamakeep-firewall.service")
RELEASES = "/opt/llamakeep/ollama"
DOWNLOADS = "/var/cache/llamakeep"
STATE = "/var/lib/llamakeep"  # the receipt, and what was replaced

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - what a door may listen on


class Ask(NamedTuple):
    """Paths, units and addresses to ask for."""

    paths: tuple[str, ...] = ("/usr/share/ollama/.ollama/models", RELEASES, DOWNLOADS, STATE)
    units: tuple[str, ...] = UNITS
    address: str = "127.0.0.1"  # where the door of the API listens
    port: int = 11434
    python: str = "python3"


def ask_of(host: Host) -> Ask:
    """Return what to ask of a host: its own settings where it serves models, the usual ones elsewhere."""
    ask = Ask(python=host.connection.python or "python3")
    if host.ollama is None:
        return ask
    at = [_EVERYWHERE.get(address, address) for address in host.ollama.door.at]
    local = [address for address in at if address in {"127.0.0.1", "::1", "localhost"}]
    return ask._replace(
        paths=(host.ollama.store, RELEASES, DOWNLOADS, STATE),
        address=(local or at or ["127.0.0.1"])[0],
        port=host.ollama.door.port,
    )
