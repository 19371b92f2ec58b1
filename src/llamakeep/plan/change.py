"""What would change on one host, in the order in which it would happen."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit as kit_files

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Receipt
from llamakeep.plan.cause import differing
from llamakeep.plan.drift import changes_by_drift
from llamakeep.plan.fit.result import HostFit
from llamakeep.plan.plan import Change
from llamakeep.plan.setting import changes_by_settings
from llamakeep.plan.stage import Case, PlannedStage, parts

_OF_CONTENT = ("model", "blob")  # drift of what is brought, and not laid by a table
_Ask = Callable[[PlannedStage[Any], Any], Iterator[Change]]


def changes_for(
    host: Host,
    seen: HostFacts,
    kit: str | None = None,
    now: datetime | None = None,
    fit: HostFit | None = None,
) -> tuple[Change, ...]:
    """Return what would have to change on one host; `kit` is the version that would do it, `now` the time in UTC."""
    if not host.is_managed or not seen.reachable:
        return ()
    case = Case(host, seen, now or datetime.now(UTC), fit)
    receipt = seen.receipt
    every = frozenset(host.services)
    if receipt is None or not receipt.inputs:
        began = receipt is not None
        why = f"no receipt: {'the last run was interrupted' if began else 'nothing was converged here yet'}"
        return tuple(_each(host, every, lambda stage, wanted: stage.first(case, wanted, why)))
    there = frozenset(name for name in host.services if name in receipt.managed)
    added = every - there
    ours = kit or kit_files.version()
    is_other = bool(receipt.kit) and receipt.kit != ours
    case = case._replace(differ=differing(host, receipt))
    new = "not in the receipt: the host is new in its group"
    new += f", or llamakeep {receipt.kit} had no such role" if is_other else ""
    content = tuple(_each(host, there, lambda stage, wanted: stage.content(case, wanted)))
    return (
        *_kit(receipt, ours, is_other=is_other),
        *changes_by_drift(host, seen, ("user", "folder", "firewall")),
        *_each(host, there, lambda stage, wanted: stage.release(case, wanted)),
        *_each(host, added, lambda stage, wanted: stage.first(case, wanted, new)),
        *changes_by_settings(host, case.differ, receipt.inputs, added=added),
        *changes_by_drift(host, seen, ("file", "link", "unit")),
        *_each(host, there, lambda stage, wanted: stage.running(case, wanted)),
        *content,
        *changes_by_drift(host, seen, _unsaid(host, there)),
    )


def _unsaid(host: Host, names: frozenset[str]) -> tuple[str, ...]:
    """Return the kinds of drift of which no service of the host speaks."""
    said = {kind for name, stage, _ in parts(host) if name in names for kind in stage.drifts}
    return tuple(kind for kind in _OF_CONTENT if kind not in said)


def _each(host: Host, names: frozenset[str], ask: _Ask) -> Iterator[Change]:
    """Return what the named services of a host answer, in the order in which their roles are played."""
    for name, stage, wanted in parts(host):
        if name in names:
            yield from ask(stage, wanted)


def _kit(receipt: Receipt, kit: str, *, is_other: bool) -> Iterator[Change]:
    """Return what follows from another kit than the one that converged the host last."""
    if not receipt.complete:
        yield Change(what="finish an interrupted run", why="the receipt says so")
    if is_other:
        yield Change(what=f"llamakeep {receipt.kit} → {kit}", why="its roles may leave other files than before")
