"""Looking at a fleet, and what would happen to it."""

from llamakeep import observe, plan
from llamakeep.inventory.fleet import Fleet
from llamakeep.observe.seen import Observation
from llamakeep.plan.left_out import in_question
from llamakeep.plan.plan import Plan


def look(chosen: Fleet, whole: Fleet, kit: str | None = None) -> tuple[Observation, Plan]:
    """Return what was seen of the chosen hosts, and what would happen there; `kit` is the version that would do it.

    Where a gateway or a desktop is among them, other hosts of the whole fleet may be looked at, too: those that may go
    without a model, to which it then must not lead.
    """
    beyond = in_question(whole, {host.name for host in chosen.hosts})
    seen = observe.look(chosen.model_copy(update={"hosts": (*chosen.hosts, *beyond)}))
    planned = plan.compare(chosen, seen, kit, beyond=beyond)
    known = {host.name for host in beyond}
    return seen.model_copy(update={"hosts": tuple(one for one in seen.hosts if one.host not in known)}), planned
