"""Where a host is to listen for others, and two ports of ours at one place of it: the second would never open."""

from collections.abc import Callable, Iterator

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ports
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ports import Way, meets

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.stage import Listening, stages

__all__ = ["collisions", "listenings", "meets"]


def listenings(host: Host) -> Iterator[Listening]:
    """Return every port on which something of ours is to listen on a host."""
    known = stages()
    for name, wanted in host.services.items():
        yield from known[name].listens(wanted)


def collisions(host: Host, place: Callable[[str], str]) -> Iterator[Refusal]:
    """Refuse a port that two of ours would take; `place` says where an option is written."""
    for one in ports.collisions(host.name, (Way(one.option, one.port, one.at) for one in listenings(host))):
        option = one.place.partition(" ")[0]
        yield one.but(place=place(option), found=f"{one.place} {one.found}")
