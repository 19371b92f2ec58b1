"""What is no longer as the last converge left it."""

import re
from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import Drift, HostFacts
from llamakeep.plan.plan import Change

_WHY = "drift: changed on the host since the last converge"


def changes_by_drift(host: Host, seen: HostFacts, kinds: tuple[str, ...]) -> Iterator[Change]:
    """Return one change for each drift of one of the kinds; what restarts is what the role's own table says."""
    for drift in seen.drift:
        if drift.kind in kinds:
            yield Change(
                sign="+" if drift.found in {"missing", "gone"} else "~",
                what=f"{_NOUNS.get(drift.kind, '')}{_SHORT.sub(_DIGITS, drift.name)}: {drift.found}",
                why=_WHY,
                restarts=_restarts(drift, host),
            )


def model_of(drift: Drift) -> str:
    """Return the model that a drift of a model or a blob speaks of; a receipt that somebody bent may name none.

    >>> model_of(Drift(kind="blob", name="mistral:7b sha256:5f2c…", found="missing"))
    'mistral:7b'
    """
    return drift.name.strip().partition(" ")[0]


_SHORT = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
_DIGITS = r"\1…"
_NOUNS = {"user": "user ", "firewall": "firewall, table ", "model": "model ", "blob": "a blob of "}


def _restarts(drift: Drift, host: Host) -> tuple[str, ...]:
    """Return the units that restart when a unit, a file or a link is put right."""
    if drift.kind == "unit":
        return (drift.name,)
    if drift.kind not in {"file", "link"}:
        return ()
    found = dict.fromkeys(unit for one in host.services.values() for unit in one.managed.taking(drift.name))
    return tuple(found)
