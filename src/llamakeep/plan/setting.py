"""Settings that differ from those that the host was made with."""

import json
import textwrap
from collections.abc import Collection, Iterator

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import GROUPS_OF

from llamakeep.inventory.concealed import redact
from llamakeep.inventory.fleet import Host
from llamakeep.plan.cause import elsewhere, place_of
from llamakeep.plan.plan import Change
from llamakeep.plan.stage import Effect, stages


def changes_by_settings(
    host: Host, differ: frozenset[str], before: Collection[str], *, added: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """Return one change for each option whose value is another one now; `before` are those that the receipt has.

    `added`: services that are new to the host, whose settings all come with them.
    """
    gone: dict[str, None] = {}
    announced = frozenset(name for stage in stages().values() for name in stage.announced)
    for name in sorted(differ - announced, key=_rank):
        service = _service(name)
        if name.startswith("lock:") or service in added or _is_new(name, host, before):
            continue
        if said := next(elsewhere(name), None):
            yield _change(said.what, place_of(host, name), said.effect)
        elif name in host.inputs:
            value = textwrap.shorten(json.dumps(redact(host.inputs[name])), 60, placeholder=" …")
            yield _change(f"{name}: {value}", place_of(host, name), _effect(name))
        elif service is not None and service not in host.services:
            gone |= {service: None} if stages()[service].called else {}
        else:
            yield Change(sign="-", what=f"{name} is no setting any more", why="another kit")
    for service in gone:
        yield Change(
            sign="-",
            what=f"{stages()[service].called} is no longer looked after; what runs of it stays",
            why=f"the host is not in {' or '.join(GROUPS_OF[service])} any more",
        )


def _change(what: str, why: str, effect: Effect) -> Change:
    return Change(what=what, why=why, restarts=effect.restarts, reloads=effect.reloads)


def _service(name: str) -> str | None:
    """Return the service that a setting belongs to, by the longest name that it begins with; None for no one's.

    >>> _service("ollama_models_names"), _service("ollama_version")
    ('ollama_models', 'ollama')
    """
    fitting = [service for service in stages() if name.startswith(f"{service}_")]
    return max(fitting, key=len, default=None)


def _effect(name: str) -> Effect:
    service = _service(name)
    effects = stages()[service].effects if service is not None else {}
    return next((found for start, found in effects.items() if name.startswith(start)), Effect())


def _is_new(name: str, host: Host, before: Collection[str]) -> bool:
    """Whether it came with another kit, which is told, and nobody has set it."""
    return name not in before and name not in host.places


def _rank(name: str) -> tuple[int, int, str]:
    """Put settings in the order in which the roles are played; what stands elsewhere comes first."""
    service = _service(name)
    if service is None:
        return -1, 0, name
    starts = [*stages()[service].effects]
    within = next((number for number, start in enumerate(starts) if name.startswith(start)), len(starts))
    return [*stages()].index(service), within, name
