"""Where a host is to listen for others, and two ports of ours at one place of it: the second would never open."""

import ipaddress
from collections.abc import Callable, Iterator

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.stage import Listening, stages

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def listenings(host: Host) -> Iterator[Listening]:
    """Return every port on which something of ours is to listen on a host."""
    known = stages()
    for name, wanted in host.services.items():
        yield from known[name].listens(wanted)


def collisions(host: Host, place: Callable[[str], str]) -> Iterator[Refusal]:
    """Refuse a port that two of ours would take; `place` says where an option is written."""
    every = list(listenings(host))
    for number, way in enumerate(every):
        for earlier in every[:number]:
            if way.port == earlier.port and meets(way.at, earlier.at):
                yield Refusal(
                    place(way.option),
                    f"{way.option} of {host.name} is {way.port}, as is its {earlier.option}, at the same address",
                    expected="a port for each of them",
                    remedy=f"set another {way.option}",
                )


def meets(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Tell whether a listener at any of `some` leaves no room for one at any of `others`.

    >>> meets(("0.0.0.0",), ("127.0.0.1",)), meets(("192.0.2.7",), ("127.0.0.1",))
    (True, False)
    """
    return any(_same(one, other) for one in some for other in others)


def _same(some: str, other: str) -> bool:
    try:
        one, two = ipaddress.ip_address(some), ipaddress.ip_address(other)
    except ValueError:
        return True  # a name: which address it stands for, only the host knows
    return one == two or _covers(one, two) or _covers(two, one)


def _covers(one: _Address, other: _Address) -> bool:
    """Tell whether `one` is a wildcard that takes the port of `other` too; `::` listens for IPv4 as well."""
    return one.is_unspecified and (one.version == 6 or other.version == 4)
