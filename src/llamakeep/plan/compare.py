"""From what we want and what is, to what would happen."""

from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.observe.seen import HostFacts, Observation
from llamakeep.plan.change import changes_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.plan import HostPlan, Plan


def compare(fleet: Fleet, observation: Observation, kit: str | None = None) -> Plan:
    """Return what would happen on each host that a role of ours manages; nothing is asked and nothing done."""
    managed = tuple(host for host in fleet.hosts if host.is_llm)
    return Plan(
        inventory=fleet.inventory,
        hosts=tuple(plan_for(host, observation.host(host.name), kit) for host in managed),
        unmanaged=tuple(host.name for host in fleet.hosts if not host.is_llm),
        seconds=observation.seconds,
    )


def plan_for(host: Host, seen: HostFacts, kit: str | None = None) -> HostPlan:
    """Return what would happen on one host."""
    return HostPlan(host=host.name, findings=findings_for(host, seen), changes=changes_for(host, seen, kit))
