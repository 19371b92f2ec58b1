"""What verify asks of a service: what to ask of its hosts, what comes back, and what its claims are about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from llamakeep import services
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Host
from llamakeep.inventory.wanted import Wanted
from llamakeep.observe.seen import Drift
from llamakeep.record import Record
from llamakeep.verify.evidence import Evidence, ServiceEvidence

FOREIGN_HOST = "rebound.internal"  # leads to no service of ours; Ollama itself would take it


class Asking(NamedTuple):
    """One host that is looked at."""

    host: Host
    nonce: str  # salt of the hashes that leave the host
    root: str = ""  # of the inventory's own CA, as PEM; empty: it has none


class Found(NamedTuple):
    """One host with all that was found of it."""

    host: Host
    seen: Evidence
    nonce: str
    kit: str  # version
    calls: tuple[Any, ...] = ()  # how the control node found the service, in its own records
    has_root: bool = True  # whether the inventory has a CA of its own


class VerifiedStage[W: Wanted](Protocol):
    """A service's part in verify; its claims stand beside it, in `test_<service>`."""

    kind: type[W]
    evidence: type[ServiceEvidence] = ServiceEvidence  # record of what comes back
    columns: tuple[str, ...] = ()  # subjects of its claims, in the order of the table: the names of its files
    hosts: Mapping[str, Callable[[Host, W], bool]] = {}  # fixture -> whether its claims are about a host
    things: Mapping[str, Callable[[W], Iterable[Any]]] = {}  # fixture -> what a claim is made of one by one
    is_shared: bool = False  # it comes with every other service: what no table has is not its

    def request(self, _asking: Asking, _wanted: W) -> dict[str, Any] | None:
        """Return what the probe needs to look at it; None: nothing is asked."""
        return None

    def calls(self, _asking: Asking, _wanted: W) -> tuple[Record, ...]:
        """Call it from this machine, and return what came back."""
        return ()

    def door(self, _wanted: W) -> Door | None:
        """Return its door, where not everybody may come in."""
        return None

    def host(self, found: Found, wanted: W) -> Any:
        """Return the host as its claims see it."""
        ...

    def explains(self, _drift: Drift) -> bool:
        """Tell whether a claim of its own is about a difference, whichever service's table it stands in."""
        return False

    def notes(self, _host: Host, _wanted: W) -> Iterator[str]:
        """Return what the operator must know of the host to read the verdict."""
        return iter(())

    def of_the_fleet(self, _evidence: Mapping[str, Evidence]) -> Iterator[str]:
        """Return what is to be known of all hosts together; `evidence` is by host."""
        return iter(())

    def played(self, _lab: dict[str, Any]) -> Iterator[str]:
        """Return what of it is not the real thing, on a host of the lab."""
        return iter(())


def stages() -> dict[str, VerifiedStage[Any]]:
    """Return service -> its part in verify."""
    return services.parts("verified")


def parts(host: Host) -> Iterator[tuple[str, VerifiedStage[Any], Any]]:
    """Return of each service of a host its name, its part in verify, and what is wanted of it."""
    for name, stage in stages().items():
        if name in host.services:
            yield name, stage, host.services[name]


def fixtures() -> dict[str, str]:
    """Return fixture -> service, for the fixtures that are a host.

    >>> {"firewall_host": "firewall", "llm_host": "ollama", "sealed_host": "ollama", …}
    """
    return {fixture: name for name, stage in stages().items() for fixture in stage.hosts}


def is_about(fixture: str, host: Host) -> bool:
    """Tell whether the claims that ask for a fixture are about a host."""
    service = fixtures()[fixture]
    wanted = host.services.get(service)
    return wanted is not None and stages()[service].hosts[fixture](host, wanted)


def things() -> dict[str, str]:
    """Return fixture -> service, for what a claim is made of one by one.

    >>> {"model": "ollama_models"}
    """
    return {thing: name for name, stage in stages().items() for thing in stage.things}


def things_of(fixture: str, host: Host) -> tuple[Any, ...]:
    """Return what a host has of it."""
    service = things()[fixture]
    wanted = host.services.get(service)
    return tuple(stages()[service].things[fixture](wanted)) if wanted is not None else ()
