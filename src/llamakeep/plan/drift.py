"""What is no longer as the last converge left it."""

import re
from collections.abc import Iterator

from llamakeep.observe.seen import Drift, HostFacts
from llamakeep.plan.plan import Change

_UNITS = "/etc/systemd/system/"
# Links to what runs: whoever brings it anew starts it anew.
_RELEASES = {
    "/opt/llamakeep/ollama/current": ("ollama.service",),
    "/opt/llamakeep/open_webui/current": ("open-webui.service",),
}
_WHY = "drift: changed on the host since the last converge"


def changes_by_drift(seen: HostFacts, kinds: tuple[str, ...]) -> Iterator[Change]:
    """Return one change for each drift of one of the kinds."""
    for drift in seen.drift:
        if drift.kind in kinds:
            yield Change(
                sign="+" if drift.found in {"missing", "gone"} else "~",
                what=f"{_NOUNS.get(drift.kind, '')}{_SHORT.sub(_DIGITS, drift.name)}: {drift.found}",
                why=_WHY,
                size=_bytes(drift, seen),
                restarts=_restarts(drift),
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


def _restarts(drift: Drift) -> tuple[str, ...]:
    """Return the services that restart when the file of a unit, the unit itself, or its release is put right."""
    if drift.kind == "unit":
        return (drift.name,)
    if drift.kind == "link":
        return _RELEASES.get(drift.name, ())
    if drift.kind == "file" and drift.name.startswith(_UNITS):
        unit = drift.name.removeprefix(_UNITS).partition(".d/")[0]
        return (unit,) if unit.endswith((".service", ".socket")) else ()
    return ()


def _bytes(drift: Drift, seen: HostFacts) -> int:
    """Return how much a blob that is missing or wrong brings with it."""
    if drift.kind != "blob" or seen.receipt is None:
        return 0
    digest = drift.name.rpartition("sha256:")[2]
    models = seen.receipt.managed.get("ollama_models", {}).get("models", ())
    return next((blob["size"] for model in models for blob in model["blobs"] if blob["digest"] == digest), 0)
