"""What would change in the gateway of one host: its door, its certificate, its keys, what it leads to."""

from collections.abc import Iterator
from datetime import datetime

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.door import places
from llamakeep.plan.plan import Change
from llamakeep.plan.stage import Case
from llamakeep.plan.unit import unit_changes
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.gateway.planned.certificate import is_short, wrong_names
from llamakeep.services.gateway.wanted.record import WantedGateway

SOCKET = "llamakeep-gateway.socket"
ENGINE = "llamakeep-gateway.service"
_SOURCES = {
    "internal": "from the internal CA: llamakeep ca show hands out its root",
    "given": "as the inventory gives it",
    "acme": "from an ACME server, renewed there",
}


def first(wanted: WantedGateway, why: str) -> Iterator[Change]:
    """Return what a host gets that no converge has made a gateway yet."""
    shown = "" if wanted.port == 443 else f":{wanted.port}"
    names = f"https://chat.{wanted.domain}{shown} and https://api.{wanted.domain}{shown}"
    at = places(wanted.addresses, wanted.port)
    yield Change(sign="+", what=f"certificate {_SOURCES[wanted.certificate]}", why=why)
    yield Change(sign="+", what=f"gateway {names}, at {at}", why=why)
    yield Change(sign="+", what=f"leads to {_routes(wanted)}", why=why)
    clients = dict.fromkeys(key.name for key in wanted.keys)
    if clients:
        yield Change(sign="+", what=f"a key for {', '.join(clients)}", why=why)


def _routes(wanted: WantedGateway) -> str:
    hosts = dict.fromkeys(host for names in wanted.models.values() for host in names)
    count = len(wanted.models)
    models = f"{count} model{'' if count == 1 else 's'} on {', '.join(hosts)}" if count else "no model"
    return f"{models}; chat on {', '.join(wanted.chats)}" if wanted.chats else models


def running(case: Case, wanted: WantedGateway) -> Iterator[Change]:
    """Return what the units need that do not run as they should; it was asked where it is to be."""
    seen = case.seen
    moves = bool(case.differ & {"gateway_addresses", "gateway_https_port", "gateway_domain"})
    gateway = seen.service(SeenGateway)
    answers = moves or gateway is None or gateway.answers
    for unit in wanted.managed.units:
        if unit.state == "started" and unit.name != ENGINE:
            yield from unit_changes(unit.name, seen, sealed=unit.sealed)
    yield from unit_changes(ENGINE, seen, answers=answers, door=SOCKET)


def renewal(wanted: WantedGateway, seen: HostFacts, now: datetime) -> Iterator[Change]:
    """Return the certificate that the internal CA makes anew: the old one is short of time, or for other names."""
    gateway = seen.service(SeenGateway)
    certificate = gateway.certificate if gateway is not None else None
    if certificate is None or wanted.certificate != "internal":
        return
    if is_short(certificate, now):
        why = f"the one in use ends on {certificate.until[:10]}"
        yield Change(what="a new certificate from the internal CA", why=why, reloads=(ENGINE,))
    elif missing := wrong_names(wanted, certificate):
        why = f"the one in use does not bear {' and '.join(missing)}"
        yield Change(what="a new certificate from the internal CA", why=why, reloads=(ENGINE,))


def clients(host: Host, wanted: WantedGateway, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return whose key comes and whose goes, by name, where the inventory has others than the host was made with."""
    option = "gateway_keys"
    if option not in differ:
        return
    why = place_of(host, option)
    names = dict.fromkeys(key.name for key in wanted.keys)
    gateway = seen.service(SeenGateway)
    there = gateway.keys if gateway is not None and gateway.answers else None
    if there is None:
        yield Change(what="the keys of the clients", why=why, reloads=(ENGINE,))
        return
    announced = False
    for name in names:
        if name not in there:
            announced = True
            yield Change(sign="+", what=f"a key for {name}", why=why, reloads=(ENGINE,))
    for name in dict.fromkeys(there):
        if name not in names:
            announced = True
            yield Change(sign="-", what=f"the key of {name}: it opens nothing any more", why=why, reloads=(ENGINE,))
    if not announced:
        yield Change(what="a key, or how often a client may ask", why=why, reloads=(ENGINE,))
