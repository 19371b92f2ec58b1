"""Who probes whom from outside: untrusted hosts that must not get in, and allowed clients that must."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity

from llamakeep.hosts.way import Way
from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.stage import parts

CONTROL = "the control node"
UNTRUSTED = "untrusted"  # the group of hosts that nobody let in


class Try(NamedTuple):
    """One connection to be tried."""

    address: str
    port: int
    curious: bool = False  # whether to find out who answers
    name: str = ""  # on the certificate that it is to show, where the prober shows one; empty: without TLS


@dataclass(frozen=True)
class DoorProbe:
    """One prober at one door of one host."""

    host: str
    door: str  # "ollama-api", "open-webui-web"
    allowed: bool  # whether the inventory lets it in
    doors: tuple[Try, ...]


@dataclass(frozen=True)
class Round:
    """Every door that one prober tries, at once."""

    name: str
    prober: Host | None  # None: the control node itself
    probes: tuple[DoorProbe, ...]

    @property
    def doors(self) -> list[Try]:
        """Return what it tries, in order."""
        return [door for probe in self.probes for door in probe.doors]


def plan_rounds(fleet: Fleet, targets: Sequence[Host]) -> tuple[list[Round], list[str]]:
    """Return who has to try which doors, and what the operator must know about it."""
    untrusted = [host for host in fleet.hosts if UNTRUSTED in host.groups]
    allowed = [host for host in fleet.hosts if any(_is_allowed(host, *pair) for pair in _doors(targets))]
    probers = {host.name: host for host in (*untrusted, *allowed)}
    rounds = [Round(CONTROL, None, tuple(_from_here(fleet, targets)))]
    rounds += [Round(host.name, host, tuple(_probes(host, targets, host in untrusted))) for host in probers.values()]
    notes = [
        f"{host.name} is no untrusted host for {target.name}: an address of it is among those let in"
        for host in untrusted
        for target, door in _doors(targets)
        if not _is_allowed(host, target, door) and _is_let_in(host.addresses, door)
    ]
    notes += [
        f"{host.name} has a certificate that a program shows: whether it is let in at {target.name} was not tried"
        for host in allowed
        for target, door in _doors(targets)
        if door.mutual and not host.lays(CERTIFICATE) and _is_allowed(host, target, door)
    ]
    if not untrusted:
        notes.append(
            f"no host of group {UNTRUSTED}: whether an untrusted host gets in is shown from the control node only"
        )
    tried = {(probe.host, probe.door) for each in rounds for probe in each.probes}
    unseen = list(dict.fromkeys(host.name for host, door in _doors(targets) if (host.name, door.name) not in tried))
    if unseen:
        notes.append(f"no untrusted host was there to try from outside {', '.join(unseen)}")
    return [each for each in rounds if each.probes], list(dict.fromkeys(notes))


def _doors(targets: Iterable[Host]) -> Iterable[tuple[Host, Door]]:
    """Return every door through which not everybody may come."""
    for target in targets:
        for _, stage, wanted in parts(target):
            if (door := stage.door(wanted)) is not None:
                yield target, door


def of(rounds: Iterable[Round], *, allowed: bool) -> list[Round]:
    """Return the rounds with the doors that allowed clients try alone, or untrusted hosts alone."""
    kept = [replace(each, probes=tuple(probe for probe in each.probes if probe.allowed is allowed)) for each in rounds]
    return [each for each in kept if each.probes]


def forgotten(rounds: Iterable[Round], evidence: dict[str, Evidence]) -> list[Round]:
    """Return what untrusted hosts are to try of addresses that the hosts have and the inventory does not name."""
    found = []
    for each in rounds:
        probes = []
        for probe in each.probes:
            known = {door.address for door in probe.doors}
            more = [address for address in evidence[probe.host].addresses or () if address not in known]
            if more and probe.doors and not probe.allowed:
                probes.append(replace(probe, doors=tuple(Try(address, probe.doors[0].port) for address in more)))
        if probes:
            found.append(replace(each, probes=tuple(probes)))
    return found


def _probes(prober: Host, targets: Iterable[Host], is_untrusted: bool) -> Iterable[DoorProbe]:
    for target, door in _doors(targets):
        if target.name == prober.name:
            continue
        if _is_allowed(prober, target, door):
            name = identity(target.name) if door.mutual else ""
            at = tuple(Try(address, door.port, curious=True, name=name) for address in lan_addresses(target, door))
            if not name or prober.lays(CERTIFICATE):
                yield DoorProbe(target.name, door.name, True, at)
        elif is_untrusted and not _is_let_in(prober.addresses, door):
            yield DoorProbe(target.name, door.name, False, tuple(Try(a, door.port) for a in known(target)))


def _from_here(fleet: Fleet, targets: Iterable[Host]) -> Iterable[DoorProbe]:
    """Return what the control node tries: untrusted, unless it is the host, or has an address let in."""
    for target, door in _doors(targets):
        if target.connection.kind == "local":
            continue
        addresses = known(target)
        own = {_source_towards(address) for address in addresses}
        if own & {*target.addresses} or _is_let_in(own, door):
            continue
        if any(host.connection.kind == "local" and _is_allowed(host, target, door) for host in fleet.hosts):
            continue
        yield DoorProbe(target.name, door.name, False, tuple(Try(address, door.port) for address in addresses))


def lan_addresses(target: Host, door: Door) -> list[str]:
    """Return where a door is open to others; a wildcard is open at every address of its host.

    >>> ["192.0.2.11"]
    """
    return open_at(target, door.at)


def open_at(target: Host, addresses: Iterable[str]) -> list[str]:
    """Return at which addresses a host that listens at some of them is found by others."""
    found: list[str] = []
    for text in addresses:
        address = ipaddress.ip_address(text.strip("[]"))
        if address.is_unspecified:
            found += [known for known in _single(target.addresses) if _same_family(known, address)]
        elif not address.is_loopback:
            found.append(str(address))
    return found


def _same_family(known: str, wildcard: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return (wildcard.version == 6) == (":" in known)  # doors listen with BindIPv6Only=ipv6-only


def _is_allowed(host: Host, target: Host, door: Door) -> bool:
    return host.name != target.name and bool(set(host.groups) & set(door.groups)) and bool(lan_addresses(target, door))


def _is_let_in(addresses: Iterable[str], door: Door) -> bool:
    """Tell whether one of some addresses is in a network that the firewall lets in at a door."""
    networks = [ipaddress.ip_network(source, strict=False) for source in door.sources]
    return any(ipaddress.ip_address(address) in network for address in _single(addresses) for network in networks)


def _single(addresses: Iterable[str]) -> list[str]:
    """Return the addresses that are one each: a host may also name a whole network from which it speaks.

    >>> _single(["192.0.2.11", "192.0.2.0/28", ""])
    ['192.0.2.11']
    """
    found = []
    for text in addresses:
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(text)
            found.append(text)
    return found


def known(host: Host) -> list[str]:
    """Return every address at which an untrusted host may find a host."""
    found = dict.fromkeys(_single(host.addresses))
    if host.connection.kind == "ssh":
        found |= dict.fromkeys(_resolved(host.connection.address) or _resolved(Way(host.connection).hostname))
    return [address for address in found if not ipaddress.ip_address(address).is_loopback]


def _resolved(name: str) -> list[str]:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []  # a name that only ssh knows, or nobody
    return [str(answer[4][0]) for answer in answers if "%" not in str(answer[4][0])]


def _source_towards(address: str) -> str:
    """Return the address that this machine would speak from; nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
