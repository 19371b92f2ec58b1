"""Models that hosts do not get, by the inventory's own choice, and what that makes of all hosts."""

from collections.abc import Collection, Iterable

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.drift import model_of
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.stage import LeftOut, parts, stages


def left_out(host: Host, fit: HostFit | None) -> tuple[str, ...]:
    """Return the models that the host does not get.

    >>> left_out(host, fit)
    ('llama3.1:70b',)
    """
    return tuple(model for _, stage, wanted in parts(host) for model in stage.left_out(host, wanted, fit))


def routed_elsewhere(host: Host, names: LeftOut) -> Host:
    """Return a host that knows which hosts have which models as it is to be while they go without some."""
    return _without(host, names, (name for name, stage in stages().items() if stage.routes_to_models))


def without(host: Host, names: LeftOut) -> Host:
    """Return the same, itself without those that it does not get; what remains of its models is settled."""
    return _without(host, names, stages())


def _without(host: Host, names: LeftOut, services: Iterable[str]) -> Host:
    for name in services:
        if name in host.services:
            host = stages()[name].without(host, host.services[name], names)
    return host


def forgotten(seen: HostFacts, names: Collection[str]) -> HostFacts:
    """Return what was seen without the drift of models that nobody brings any more."""
    if not names:
        return seen
    kept = tuple(one for one in seen.drift if one.kind not in {"model", "blob"} or model_of(one) not in names)
    return seen.model_copy(update={"drift": kept})


def settled(fleet: Fleet, names: LeftOut) -> Fleet:
    """Return a fleet in which every host is without its own left-out models: `names` is host -> models."""
    return fleet.model_copy(update={"hosts": tuple(without(host, names) for host in fleet.hosts)})


def in_question(fleet: Fleet, only: Collection[str]) -> tuple[Host, ...]:
    """Return the hosts beyond `only` that must be looked at as well: one of `only` leads to whatever models they have.

    >>> in_question(fleet, {"gate01"})
    (Host(name="gpu02", …),)
    """
    chosen = [host for host in fleet.hosts if host.name in only]
    routes = any(stage.routes_to_models for host in chosen for _, stage, _ in parts(host))
    return tuple(host for host in may_leave_out(fleet) if host.name not in only) if routes else ()


def may_leave_out(fleet: Fleet) -> tuple[Host, ...]:
    """Return the hosts on which a model may be left out: who verifies them must look at them first."""
    return tuple(host for host in fleet.hosts if any(stage.may_leave_out(wanted) for _, stage, wanted in parts(host)))
