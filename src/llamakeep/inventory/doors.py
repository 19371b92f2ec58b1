"""The ports on which something of ours is to listen on a host, and what the collection's rule refuses of them."""

from collections.abc import Callable, Iterator

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ports
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ports import METRICS_AT, Way, meets

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Host

__all__ = ["METRICS_AT", "Way", "collisions", "meets", "ways"]


def ways(host: Host) -> Iterator[Way]:
    """Return every port on which something of ours is to listen on a host."""
    if host.ollama is not None:
        yield Way("ollama_api_port", host.ollama.door.port, host.ollama.door.at)
    if host.chat is not None:
        yield Way("open_webui_port", host.chat.door.port, host.chat.door.at)
    if host.gateway is not None:
        yield Way("gateway_https_port", host.gateway.port, host.gateway.addresses)
        yield Way("gateway_metrics_port", host.gateway.metrics_port, METRICS_AT)


def collisions(host: Host, place: Callable[[str], str]) -> Iterator[Refusal]:
    """Refuse a port that two of ours would take; `place` says where an option is written."""
    for one in ports.collisions(host.name, ways(host)):
        option = one.place.partition(" ")[0]
        yield one.but(place=place(option), found=f"{one.place} {one.found}")
