"""A model as content: a manifest, whose bytes are its digest, and the blobs that it names."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class Blob(NamedTuple):
    """One file of a model."""

    sha256: str  # hex
    size: int  # bytes


class Model(NamedTuple):
    """One model that this host should have."""

    name: str  # "mistral:7b"
    path: str  # "library/mistral"
    digest: str  # sha256 (hex) of the manifest's bytes
    manifest: bytes
    blobs: tuple[Blob, ...]  # each once, the largest first
    sources: tuple[str, ...]  # base URLs, in the order in which they are tried

    @property
    def place(self) -> str:
        """Where its manifest lies in a store, whatever registry it came from.

        >>> "manifests/registry.ollama.ai/library/mistral/7b"
        """
        return f"manifests/registry.ollama.ai/{self.path}/{self.name.rpartition(':')[2]}"

    @property
    def size(self) -> int:
        """Bytes of all its blobs together."""
        return sum(blob.size for blob in self.blobs)


def read_all(entries: list[dict[str, Any]]) -> list[Model]:
    """Read every entry before anything is fetched, and refuse all that are wrong at once."""
    models, refusals = [], []
    for entry in entries:
        try:
            models.append(read(entry))
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise Refusals(refusals)
    return models


def read(entry: dict[str, Any]) -> Model:
    """Return the model that a lock's entry describes, or refuse an entry whose parts contradict each other."""
    name, digest, manifest = entry["name"], entry["digest"], entry["manifest"].encode()
    found = hashlib.sha256(manifest).hexdigest()
    if found != digest:
        raise Refusal(
            name,
            f"the lock's manifest has sha256 {found}",
            id="manifest-digest-mismatch",
            expected=f"{digest}, which the lock names as the model's digest",
            remedy="nothing was fetched; write the lock's entry anew with `llamakeep lock`",
        )
    parts = [*entry["path"].split("/"), name.rpartition(":")[2]]
    if ":" not in name or not all(_PART.fullmatch(part) for part in parts):
        raise _unusable(name, f"the path {entry['path']!r} and the tag make no file name in a store")
    sources = tuple(source.rstrip("/") for source in entry["sources"])
    if not sources or not all(source.startswith(("http://", "https://")) for source in sources):
        raise _unusable(name, f"its sources are {list(sources)}, not addresses that begin with http")
    return Model(name, entry["path"], digest, manifest, _blobs(name, manifest), sources)


def _blobs(name: str, manifest: bytes) -> tuple[Blob, ...]:
    try:
        content = json.loads(manifest)
        layers = [content["config"], *content["layers"]]
        digests: Any = [_DIGEST.fullmatch(layer["digest"]) for layer in layers]
        sizes = {digest.group(1): layer["size"] for digest, layer in zip(digests, layers)}  # noqa: B905 - Python 3.9
        if not all(type(size) is int and size >= 0 for size in sizes.values()):
            raise ValueError("a layer's size is no number of bytes")
        if any(sizes[layer["digest"][7:]] != layer["size"] for layer in layers):
            raise ValueError("two layers have one digest and two sizes")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(name, f"its manifest names no blobs that can be fetched ({error!r})") from error
    return tuple(sorted((Blob(*item) for item in sizes.items()), key=lambda blob: -blob.size))


def _unusable(name: str, found: str) -> Refusal:
    return Refusal(
        name,
        found,
        id="manifest-malformed",
        expected="a model as `llamakeep lock` writes it: config and layers with sha256 digests and sizes",
        remedy="nothing was fetched; write the lock's entry anew with `llamakeep lock`",
    )
