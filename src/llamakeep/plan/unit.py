"""A unit that does not run as it should, where no drift says so already."""

from collections.abc import Iterator

from llamakeep.observe.seen import HostFacts, SeenUnit
from llamakeep.plan.plan import Change

_WHY = "drift"


def unit_changes(
    unit: str, seen: HostFacts, *, sealed: bool = False, answers: bool = True, door: str = ""
) -> Iterator[Change]:
    """Return what one unit needs.

    `sealed`: it is to see loopback alone, `answers`: whether somebody answers at its `door`, a socket unit. Where that
    one is shut nobody can.
    """
    service = _find(unit, seen)
    if service is None or any(drift.name == unit or drift.name.endswith(f"/{unit}") for drift in seen.drift):
        return
    if service.active != "active":
        yield Change(what=f"{unit} is {service.active}: it is started", why=_WHY, restarts=(unit,))
    elif sealed and _unsealed(service):
        others = ", ".join(name for name in service.interfaces or () if name != "lo") or "nothing"
        yield Change(what=f"{unit} sees {others} beside loopback: it is sealed", why=_WHY, restarts=(unit,))
    elif not answers and not _is_shut(door, seen):
        yield Change(
            what=f"{unit} is active and does not answer: it is restarted if it stays silent", why=_WHY, restarts=(unit,)
        )


def _find(unit: str, seen: HostFacts) -> SeenUnit | None:
    return next((one for one in seen.units if one.unit == unit), None)


def _is_shut(door: str, seen: HostFacts) -> bool:
    socket = _find(door, seen)
    return socket is not None and socket.active != "active"


def _unsealed(service: SeenUnit) -> bool:
    return service.interfaces is not None and set(service.interfaces) != {"lo"}
