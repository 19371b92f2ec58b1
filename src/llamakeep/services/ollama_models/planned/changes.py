"""Which models come to a host, move, or are no longer kept up to date."""

from collections.abc import Iterator

from llamakeep.inventory.model_list import NAMES
from llamakeep.inventory.model_server import ModelServer
from llamakeep.observe.seen import Drift, SeenModelServer
from llamakeep.plan.cause import place_of
from llamakeep.plan.drift import changes_by_drift, model_of
from llamakeep.plan.plan import Change
from llamakeep.plan.source import server
from llamakeep.plan.stage import Case
from llamakeep.services.ollama_models.planned.missing import blobs_of, bytes_to_bring, kept_models, models_to_bring
from llamakeep.services.ollama_models.wanted import WantedModels

DRIFTS = ("model", "blob")


def models(case: Case, wanted: WantedModels) -> Iterator[Change]:
    """Return one change for each model that comes or moves; blobs that two of them share are counted once."""
    kept = kept_models(case.seen)
    counted: set[str] = set()
    drifted = {model_of(drift) for drift in case.seen.drift if drift.kind in DRIFTS}
    for model in models_to_bring(wanted, case.seen):
        if model.name in drifted:
            continue
        size = bytes_to_bring((model,), case.seen) - sum(
            blob for digest, blob in blobs_of(model).items() if digest in counted
        )
        counted |= blobs_of(model).keys()
        moved = model.name in kept
        yield Change(
            sign="~" if moved else "+",
            what=f"{model.name} {kept[model.name][:12]} → {model.digest[:12]}" if moved else model.name,
            why=place_of(case.host, f"lock:model:{model.name}" if moved else NAMES),
            size=max(size, 0),
            source=server((*wanted.sources, model.registry)[0]),
        )
    yield from _unlisted(case, wanted, kept)


def _unlisted(case: Case, wanted: WantedModels, kept: dict[str, str]) -> Iterator[Change]:
    """Return the models that are whole on disk and not in the server's list."""
    seen = case.seen.service(SeenModelServer)
    if seen is None or not seen.answers:
        return
    listed = {model.name for model in seen.models}
    for model in wanted.models:
        if kept.get(model.name) == model.digest and model.name not in listed:
            unit = _unit(case)
            yield Change(what=f"{model.name} is on the disk and the server does not list it", why=unit)


def _unit(case: Case) -> str:
    server = case.host.service(ModelServer)
    return server.door.into if server is not None else ""


def content(case: Case, wanted: WantedModels) -> Iterator[Change]:
    """Return the models that come, and what is wrong with those that are there."""
    coming = list(models(case, wanted))
    gone = list(_unmanaged(case, wanted)) if NAMES in case.differ & case.host.inputs.keys() else []
    if NAMES in case.differ & case.host.inputs.keys() and not coming and not gone:
        yield Change(what="the list of managed models", why=place_of(case.host, NAMES))
    yield from coming
    yield from gone
    for change, drift in zip(changes_by_drift(case.host, case.seen, DRIFTS), _drift(case), strict=True):
        yield change.model_copy(update={"size": _bytes(drift, case)})


def _unmanaged(case: Case, wanted: WantedModels) -> Iterator[Change]:
    """Return the models that a converge left and that nobody names any more."""
    named = {model.name for model in wanted.models}
    for name in sorted(kept_models(case.seen).keys() - named):
        yield Change(sign="-", what=f"{name} (no longer managed; stays on disk)", why=place_of(case.host, NAMES))


def _drift(case: Case) -> list[Drift]:
    return [drift for drift in case.seen.drift if drift.kind in DRIFTS]


def _bytes(drift: Drift, case: Case) -> int:
    """Return how much a blob that is missing or wrong brings with it."""
    if drift.kind != "blob" or case.seen.receipt is None:
        return 0
    digest = drift.name.rpartition("sha256:")[2]
    left = case.seen.receipt.managed.get("ollama_models", {}).get("models", ())
    return next((blob["size"] for model in left for blob in model["blobs"] if blob["digest"] == digest), 0)
