"""What a host lacks of the models that it should have."""

import json
from functools import cache
from typing import Any

from llamakeep.lock.lock import LockedModel
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.drift import model_of
from llamakeep.services.ollama_models.wanted import WantedModels

_HIDES_A_MODEL = frozenset({"model", "blob"})


def kept_models(seen: HostFacts) -> dict[str, str]:
    """Return name -> digest of the models that a converge left and that are still whole."""
    if seen.receipt is None:
        return {}
    left = seen.receipt.managed.get("ollama_models", {}).get("models", ())
    broken = {model_of(drift) for drift in seen.drift if drift.kind in _HIDES_A_MODEL}
    return {model["name"]: model["digest"] for model in left if model["name"] not in broken}


def models_to_bring(wanted: WantedModels, seen: HostFacts) -> tuple[LockedModel, ...]:
    """Return the models of the lock that the host does not have as the lock has them."""
    kept = kept_models(seen)
    return tuple(model for model in wanted.models if kept.get(model.name) != model.digest)


def bytes_to_bring(models: tuple[LockedModel, ...], seen: HostFacts) -> int:
    """Return the bytes of all blobs of `models` that the host lacks; one that two models share counts once."""
    there = _blobs_on(seen)
    wanted: dict[str, int] = {}
    for model in models:
        wanted |= blobs_of(model)
    return sum(size for digest, size in wanted.items() if digest not in there)


@cache
def blobs_of(model: LockedModel) -> dict[str, int]:
    """Return digest (hex) -> bytes of the blobs that a manifest names.

    >>> {"5f2c…": 4402341478, "9a1e…": 487}
    """
    manifest: dict[str, Any] = json.loads(model.manifest)
    every = [manifest["config"], *manifest["layers"]]
    return {blob["digest"].removeprefix("sha256:"): blob["size"] for blob in every}


def _blobs_on(seen: HostFacts) -> frozenset[str]:
    """Return the digests of the blobs that lie on the host as a converge left them."""
    if seen.receipt is None:
        return frozenset()
    models = seen.receipt.managed.get("ollama_models", {}).get("models", ())
    broken = {drift.name.rpartition("sha256:")[2] for drift in seen.drift if drift.kind == "blob"}
    return frozenset(blob["digest"] for model in models for blob in model["blobs"]) - broken
