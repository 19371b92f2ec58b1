"""What would change on one host, in the order in which it would happen."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Receipt
from llamakeep.plan import ollama
from llamakeep.plan.cause import differing
from llamakeep.plan.drift import changes_by_drift
from llamakeep.plan.front import chat, desktop, gateway
from llamakeep.plan.plan import Change
from llamakeep.plan.setting import changes_by_settings

_OLLAMA = "ollama"


def changes_for(host: Host, seen: HostFacts, kit: str | None = None, now: datetime | None = None) -> tuple[Change, ...]:
    """Return what would have to change on one host; `kit` is the version that would do it, `now` the time in UTC."""
    if not host.is_managed or not seen.reachable:
        return ()
    receipt = seen.receipt
    if receipt is None or not receipt.inputs:
        began = receipt is not None
        why = f"no receipt: {'the converge did not reach its end' if began else 'nothing was converged here yet'}"
        return *_firewall(host, why), *_first(host, seen, _roles(host), why)
    roles = frozenset(role for role in _roles(host) if role in receipt.managed)
    added = _roles(host) - roles
    differ = differing(host, receipt)
    models = tuple(ollama.models(host, host.ollama, seen)) if host.ollama is not None and _OLLAMA in roles else ()
    return (
        *_kit(receipt, kit or kit_files.version()),
        *changes_by_drift(seen, ("user", "folder", "firewall")),
        *_releases(host, seen, differ, roles),
        *_first(host, seen, added, "not in the receipt: the host is new in its group"),
        *changes_by_settings(host, differ, receipt.inputs, models_told=bool(models), added=added),
        *changes_by_drift(seen, ("file", "link", "unit")),
        *_services(host, seen, differ, roles),
        *models,
        *changes_by_drift(seen, ("model", "blob")),
        *_front(host, seen, differ, roles, now or datetime.now(UTC)),
    )


def _roles(host: Host) -> frozenset[str]:
    """Return the roles that make a host what it is, as the receipt names them."""
    wanted = {_OLLAMA: host.ollama, chat.ROLE: host.chat, gateway.ROLE: host.gateway, desktop.ROLE: host.desktop}
    return frozenset(role for role, part in wanted.items() if part is not None)


def _firewall(host: Host, why: str) -> Iterator[Change]:
    if host.has_firewall:
        yield Change(sign="+", what="firewall, table inet llamakeep: closed before anything listens", why=why)


def _first(host: Host, seen: HostFacts, roles: frozenset[str], why: str) -> Iterator[Change]:
    """Return what comes with roles that the host has not had yet."""
    if host.ollama is not None and _OLLAMA in roles:
        yield from ollama.first(host, host.ollama, seen, why)
    if host.chat is not None and chat.ROLE in roles:
        yield from chat.first(host, host.chat, why)
    if host.gateway is not None and gateway.ROLE in roles:
        yield from gateway.first(host.gateway, why)
    if host.desktop is not None and desktop.ROLE in roles:
        yield from desktop.first(host, host.desktop, why)


def _kit(receipt: Receipt, kit: str) -> Iterator[Change]:
    """Return what follows from another kit than the one that converged the host last."""
    if not receipt.complete:
        yield Change(what="a converge that did not reach its end is finished", why="the receipt says so")
    if receipt.kit and receipt.kit != kit:
        yield Change(what=f"llamakeep {receipt.kit} → {kit}", why="its roles may leave other files than before")


def _releases(host: Host, seen: HostFacts, differ: frozenset[str], roles: frozenset[str]) -> Iterator[Change]:
    if host.ollama is not None and _OLLAMA in roles:
        yield from ollama.release(host, host.ollama, seen, differ)
    if host.chat is not None and chat.ROLE in roles:
        yield from chat.release(host, host.chat, seen, differ)
    if host.desktop is not None and desktop.ROLE in roles:
        yield from desktop.release(host, host.desktop, seen, differ)


def _services(host: Host, seen: HostFacts, differ: frozenset[str], roles: frozenset[str]) -> Iterator[Change]:
    if host.ollama is not None and _OLLAMA in roles:
        yield from ollama.service(host.ollama, seen, differ)
    if host.chat is not None and chat.ROLE in roles:
        yield from chat.service(host.chat, seen, differ)
    if host.gateway is not None and gateway.ROLE in roles:
        yield from gateway.service(host.gateway, seen, differ)


def _front(
    host: Host, seen: HostFacts, differ: frozenset[str], roles: frozenset[str], now: datetime
) -> Iterator[Change]:
    """Return what changes for people and programs, name by name."""
    if host.chat is not None and chat.ROLE in roles:
        yield from chat.people(host, host.chat, seen, differ)
    if host.gateway is not None and gateway.ROLE in roles:
        yield from gateway.renewal(host.gateway, seen, now)
        yield from gateway.clients(host, host.gateway, seen, differ)
    if host.desktop is not None and desktop.ROLE in roles:
        yield from desktop.people(host, host.desktop, differ)
