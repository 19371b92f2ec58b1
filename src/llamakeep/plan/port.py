"""Whether the ports of our doors and of the gateway are free, or held by what we put there."""

from collections.abc import Iterator

from llamakeep.inventory.doors import listenings, meets
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.stage import Listening
from llamakeep.observe.seen import HostFacts, Listener
from llamakeep.plan.plan import Finding

# A door that was stopped sees out who is inside, and holds its sockets meanwhile.
_HOLDING = frozenset({"active", "deactivating"})


def port_taken(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Refuse a host on which another program listens where something of ours shall."""
    for way in listenings(host):
        yield from _taken(way, seen)


def _taken(way: Listening, seen: HostFacts) -> Iterator[Finding]:
    foreign: dict[tuple[str | None, int | None], list[str]] = {}
    for listener in seen.listeners:
        if listener.port == way.port and meets((listener.address,), way.at) and not _is_ours(listener, way, seen):
            foreign.setdefault((listener.program, listener.pid), []).append(listener.address)
    for (program, pid), addresses in foreign.items():
        who = f"{program} (pid {pid})" if program else "a program that only root can name"
        yield Finding(
            id="port-taken",
            severity="blocking",
            found=f"port {way.port} is taken by {who}, which listens on {', '.join(addresses)}",
            expected=f"a free port, or {way.called}",
            remedy=f"stop that program, or set {way.option} to another port",
        )


def _is_ours(listener: Listener, way: Listening, seen: HostFacts) -> bool:
    """Tell whether a unit of ours, or a service that will be adopted, holds the socket."""
    holders = way.units
    pids = {service.pid for service in seen.units if service.pid is not None}
    if listener.unit in holders or (listener.pid is not None and listener.pid in pids):
        return True
    holding = any(service.unit in holders and service.active in _HOLDING for service in seen.units)
    return holding and listener.program in {"systemd", None}
