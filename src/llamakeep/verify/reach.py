"""Who knocks at whom from outside: strangers who must not get in, and those who may."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from llamakeep.inventory.door import Door
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify.evidence import Evidence

CONTROL = "the control node"
STRANGERS = "strangers"  # the group of hosts that nobody let in


@dataclass(frozen=True)
class Visit:
    """One knocker at one door of one host."""

    host: str
    door: str  # "ollama-api", "open-webui-web"
    invited: bool  # whether the inventory lets it in
    doors: tuple[tuple[str, int, bool], ...]  # address, port, whether to find out who answers


@dataclass(frozen=True)
class Round:
    """Every visit of one knocker, made at once."""

    name: str
    knocker: Host | None  # None: the control node itself
    visits: tuple[Visit, ...]

    @property
    def doors(self) -> list[tuple[str, int, bool]]:
        """Return the doors of all visits, in order."""
        return [door for visit in self.visits for door in visit.doors]


def plan_rounds(fleet: Fleet, targets: Sequence[Host]) -> tuple[list[Round], list[str]]:
    """Return who has to knock where, and what the operator must know about it."""
    strangers = [host for host in fleet.hosts if STRANGERS in host.groups]
    invited = [host for host in fleet.hosts if any(_is_invited(host, *pair) for pair in _doors(targets))]
    knockers = {host.name: host for host in (*strangers, *invited)}
    rounds = [Round(CONTROL, None, tuple(_from_here(fleet, targets)))]
    rounds += [Round(host.name, host, tuple(_visits(host, targets, host in strangers))) for host in knockers.values()]
    notes = [
        f"{host.name} is no stranger to {target.name}: an address of it is among those let in"
        for host in strangers
        for target, door in _doors(targets)
        if not _is_invited(host, target, door) and _is_let_in(host.addresses, door)
    ]
    if not strangers:
        notes.append(f"no host of group {STRANGERS}: whether a stranger gets in is shown from the control node only")
    visited = {(visit.host, visit.door) for each in rounds for visit in each.visits}
    unseen = list(dict.fromkeys(host.name for host, door in _doors(targets) if (host.name, door.name) not in visited))
    if unseen:
        notes.append(f"no stranger was there to knock from outside at {', '.join(unseen)}")
    return [each for each in rounds if each.visits], list(dict.fromkeys(notes))


def _doors(targets: Iterable[Host]) -> Iterable[tuple[Host, Door]]:
    """Return every door at which not everybody may knock: those of models and of chats."""
    for target in targets:
        for part in (target.service(WantedOllama), target.service(WantedOpenWebui)):
            if part is not None:
                yield target, part.door


def of(rounds: Iterable[Round], *, invited: bool) -> list[Round]:
    """Return the rounds with the visits of guests alone, or of strangers alone."""
    kept = [replace(each, visits=tuple(visit for visit in each.visits if visit.invited is invited)) for each in rounds]
    return [each for each in kept if each.visits]


def forgotten(rounds: Iterable[Round], evidence: dict[str, Evidence]) -> list[Round]:
    """Return the visits of strangers to addresses that the hosts have and the inventory does not name."""
    found = []
    for each in rounds:
        visits = []
        for visit in each.visits:
            known = {address for address, _, _ in visit.doors}
            more = [address for address in evidence[visit.host].addresses or () if address not in known]
            if more and visit.doors and not visit.invited:
                visits.append(replace(visit, doors=tuple((address, visit.doors[0][1], False) for address in more)))
        if visits:
            found.append(replace(each, visits=tuple(visits)))
    return found


def _visits(knocker: Host, targets: Iterable[Host], is_stranger: bool) -> Iterable[Visit]:
    for target, door in _doors(targets):
        if target.name == knocker.name:
            continue
        if _is_invited(knocker, target, door):
            at = tuple((address, door.port, True) for address in lan_addresses(target, door))
            yield Visit(target.name, door.name, True, at)
        elif is_stranger and not _is_let_in(knocker.addresses, door):
            yield Visit(target.name, door.name, False, tuple((a, door.port, False) for a in known(target)))


def _from_here(fleet: Fleet, targets: Iterable[Host]) -> Iterable[Visit]:
    """Return the visits of the control node: a stranger, unless it is the host, or has an address let in."""
    for target, door in _doors(targets):
        if target.connection.kind == "local":
            continue
        addresses = known(target)
        own = {_source_towards(address) for address in addresses}
        if own & {*target.addresses} or _is_let_in(own, door) or (not addresses and target.connection.kind == "docker"):
            continue
        if any(host.connection.kind == "local" and _is_invited(host, target, door) for host in fleet.hosts):
            continue
        yield Visit(target.name, door.name, False, tuple((address, door.port, False) for address in addresses))


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


def _is_invited(host: Host, target: Host, door: Door) -> bool:
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
    """Return every address at which a stranger may find a host."""
    found = dict.fromkeys(_single(host.addresses))
    if host.connection.kind == "ssh":
        found |= dict.fromkeys(_resolved(host.connection.address))
    return [address for address in found if not ipaddress.ip_address(address).is_loopback]


def _resolved(name: str) -> list[str]:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []  # a name that only ssh knows
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
