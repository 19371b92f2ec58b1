"""The parts of a model, as its manifest lists them."""

import json
from typing import Any, NamedTuple

from llamakeep.lock.lock import LockedModel

_IMAGE = "application/vnd.ollama.image."


class Layer(NamedTuple):
    """One blob."""

    digest: str  # sha256, hex
    size: int  # bytes


def layers(model: LockedModel, kind: str) -> tuple[Layer, ...]:
    """Return the blobs of one kind, such as "model" (the GGUF file), "projector" or "params"."""
    manifest: dict[str, Any] = json.loads(model.manifest)
    return tuple(
        Layer(layer["digest"].removeprefix("sha256:"), layer["size"])
        for layer in manifest.get("layers", ())
        if layer.get("mediaType") == _IMAGE + kind
    )
