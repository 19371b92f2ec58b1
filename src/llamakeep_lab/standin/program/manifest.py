"""A model as content: a manifest and the layers that it names by sha256."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .gojson import dumps

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
IMAGE = "application/vnd.ollama.image."


class ManifestError(ValueError):
    """A file under `manifests/` that is no manifest."""


@dataclass(frozen=True)
class Layer:
    """One blob and what it is; `origin` is the model that it was taken from, if any."""

    media_type: str
    digest: str  # "sha256:<hex>"
    size: int  # bytes
    origin: str = ""

    @property
    def kind(self) -> str:
        """The layer's part in the model, such as "model", "template", "params"."""
        return self.media_type.removeprefix(IMAGE)

    def written(self) -> dict[str, Any]:
        """Return the layer as a manifest writes it."""
        value: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return {**value, "from": self.origin} if self.origin else value


@dataclass(frozen=True)
class Manifest:
    """A model: its digest (sha256 of the manifest's own bytes, hex), its config and its layers."""

    digest: str
    config: Layer
    layers: tuple[Layer, ...]
    modified: float = 0.0  # seconds since the epoch

    @classmethod
    def read(cls, data: bytes, modified: float = 0.0) -> Manifest:
        """Read a manifest's bytes."""
        try:
            value = json.loads(data)
            config = _layer(value.get("config") or {})
            layers = tuple(_layer(layer) for layer in value.get("layers") or ())
        except (ValueError, AttributeError, TypeError) as error:
            raise ManifestError(str(error)) from error
        return cls(hashlib.sha256(data).hexdigest(), config, layers, modified)

    @property
    def size(self) -> int:
        """Bytes of all blobs together."""
        return self.config.size + sum(layer.size for layer in self.layers)

    @property
    def blobs(self) -> tuple[Layer, ...]:
        """Every blob that the model needs, the config last."""
        return (*self.layers, self.config) if self.config.digest else self.layers

    def layer(self, kind: str) -> Layer | None:
        """Return the first layer of a kind."""
        return next((layer for layer in self.layers if layer.kind == kind), None)


def written(config: Layer, layers: tuple[Layer, ...]) -> bytes:
    """Return the bytes of a manifest as the server writes them."""
    value = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.written(),
        "layers": [layer.written() for layer in layers],
    }
    return (dumps(value) + "\n").encode()


def _layer(value: dict[str, Any]) -> Layer:
    return Layer(
        media_type=str(value.get("mediaType", "")),
        digest=str(value.get("digest", "")),
        size=int(value.get("size", 0)),
        origin=str(value.get("from", "")),
    )
