"""Whether the port of the API is free, or held by what we put there."""

import ipaddress
from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Listener
from llamakeep.plan.plan import Finding

# Either holds the sockets: the door's program keeps those that it was handed, also once the socket unit is stopped.
_DOOR = {"ollama-api.socket", "ollama-api.service"}


def port_taken(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Refuse a host on which another program listens where the door shall be."""
    if host.ollama is None:
        return
    door = host.ollama.door
    strangers: dict[tuple[str | None, int | None], list[str]] = {}
    for listener in seen.listeners:
        if listener.port == door.port and _meets(listener.address, door.at) and not _is_ours(listener, seen):
            strangers.setdefault((listener.program, listener.pid), []).append(listener.address)
    for (program, pid), addresses in strangers.items():
        who = f"{program} (pid {pid})" if program else "a program that only root can name"
        yield Finding(
            severity="blocking",
            found=f"port {door.port} is taken by {who}, which listens on {', '.join(addresses)}",
            expected="a free port, or the door ollama-api",
            remedy="stop that program, or set ollama_api_port to another port",
        )


def _is_ours(listener: Listener, seen: HostFacts) -> bool:
    """Tell whether a unit of ours, or an Ollama that will be adopted, holds the socket."""
    pids = {service.pid for service in seen.services if service.pid is not None}
    if listener.pid is not None and listener.pid in pids:
        return True
    door_is_open = any(service.unit in _DOOR and service.active == "active" for service in seen.services)
    return door_is_open and listener.program in {"systemd", None}


def _meets(address: str, doors: tuple[str, ...]) -> bool:
    """Tell whether a listener at `address` leaves no room for one of the doors.

    >>> _meets("0.0.0.0", ("127.0.0.1",)), _meets("192.0.2.7", ("127.0.0.1",))
    (True, False)
    """
    for door in doors:
        try:
            one, other = ipaddress.ip_address(address), ipaddress.ip_address(door)
        except ValueError:
            return True  # a name: which address it stands for, only the host knows
        if one == other or _covers(one, other) or _covers(other, one):
            return True
    return False


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _covers(one: _Address, other: _Address) -> bool:
    """Tell whether `one` is a wildcard that takes the port of `other` too; `::` listens for IPv4 as well."""
    return one.is_unspecified and (one.version == 6 or other.version == 4)
