"""From what we want and what is, to what would happen."""

from collections.abc import Collection
from datetime import UTC, datetime

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.observe.seen import HostFacts, Observation
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.left_out import forgotten, left_out, routed_elsewhere, settled, without
from llamakeep.plan.plan import HostPlan, Plan
from llamakeep.plan.stage import LeftOut, parts, stages


def compare(
    fleet: Fleet,
    observation: Observation,
    kit: str | None = None,
    now: datetime | None = None,
    beyond: Collection[Host] = (),
) -> Plan:
    """Return what would happen on each host that a role of ours manages; nothing is asked and nothing done.

    `kit` is the version that would do it, `now` the time in UTC; `beyond` are hosts for which nothing is planned, and
    which were looked at for the models that they go without.
    """
    seen = {facts.host: facts for facts in observation.hosts}
    managed = tuple(host for host in fleet.hosts if host.is_managed)
    fits = {host.name: fit_of(host, seen[host.name]) for host in managed}
    elsewhere = {host.name: left_out(host, fit_of(host, seen[host.name])) for host in beyond}
    names = {host.name: left_out(host, fits[host.name]) for host in managed} | elsewhere
    now = now or datetime.now(UTC)
    return Plan(
        inventory=fleet.inventory,
        hosts=tuple(_plan_for(host, seen[host.name], fits[host.name], names, kit, now) for host in managed),
        unmanaged=tuple(host.name for host in fleet.hosts if not host.is_managed),
        seconds=observation.seconds,
        notes=tuple(
            note
            for stage in stages().values()
            for note in stage.of_the_fleet([(host, seen[host.name]) for host in managed])
        ),
        elsewhere=elsewhere,
    )


def plan_for(host: Host, seen: HostFacts, kit: str | None = None, now: datetime | None = None) -> HostPlan:
    """Return what would happen on one host, whatever others go without."""
    fitting = fit_of(host, seen)
    return _plan_for(host, seen, fitting, {host.name: left_out(host, fitting)}, kit, now or datetime.now(UTC))


def _plan_for(
    host: Host, seen: HostFacts, fitting: HostFit | None, names: LeftOut, kit: str | None, now: datetime
) -> HostPlan:
    own = tuple(names.get(host.name, ()))
    among = routed_elsewhere(host, names)
    return HostPlan(
        host=host.name,
        findings=findings_for(among, seen, fitting, now),
        changes=changes_for(without(host, names), forgotten(seen, own), kit, now, fitting),
        fit=fitting,
        left_out=own,
        needs_tty=seen.needs_tty,
        patient=tuple(
            dict.fromkeys(door.into for one in host.services.values() for door in one.managed.doors if door.into)
        ),
    )


def fit_of(host: Host, seen: HostFacts) -> HostFit | None:
    """Return how the models of a host lie in its memory; None for one that could not be looked at."""
    if not seen.reachable:
        return None
    found = (stage.fit(host, wanted, seen) for _, stage, wanted in parts(host))
    return next((fit for fit in found if fit is not None), None)


def without_misfits(fleet: Fleet, observation: Observation) -> Fleet:
    """Return a fleet without the models that were seen not to fit, and of which the inventory says `skip`."""
    names = {
        seen.host: left_out(fleet.host(seen.host), fit_of(fleet.host(seen.host), seen)) for seen in observation.hosts
    }
    return settled(fleet, names)
