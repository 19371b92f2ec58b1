"""Making a model: from another model, or from a GGUF file that was sent as a blob."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

from . import gguf, human, pull
from .gojson import dumps
from .manifest import CONFIG, IMAGE, Layer
from .model import Model, find
from .names import InvalidNameError, Name
from .store import InvalidDigestError, Store


class CreateError(ValueError):
    """A request that cannot become a model; told with HTTP 400 while nothing was sent yet."""


def create(store: Store, name: Name, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Build the model that a request describes, and say each step."""
    if request.get("from"):
        base = yield from _base_model(store, str(request["from"]), request)
        layers = [_inherited(store, layer, base.name) for layer in base.manifest.layers]
        config = dict(base.config)
    elif request.get("files"):
        yield {"status": "parsing GGUF"}
        layers = [_weights(store, request["files"])]
        config = _described(gguf.read(store.blob(layers[0].digest)))
    else:
        raise CreateError("neither 'from' or 'files' was specified")
    steps = [f"using existing layer {layer.digest}" for layer in layers]
    made: list[Layer] = []
    for kind, text in _texts(store, layers, request):
        layer, new = store.add([text.encode()], IMAGE + kind)
        replaced = [old for old in layers if old.kind == kind and kind != "license"]
        layers = [old for old in layers if old not in replaced]
        steps = [step for step in steps if not any(step.endswith(old.digest) for old in replaced)]
        made.append(layer)
        steps.append(f"{'creating new' if new else 'using existing'} layer {layer.digest}")
    written, _ = store.add([(dumps(config) + "\n").encode()], CONFIG)
    for step in [*steps, "writing manifest"]:
        yield {"status": step}
    store.create(name, written, (*layers, *made))
    yield {"status": "success"}


def _base_model(store: Store, text: str, request: dict[str, Any]) -> Generator[dict[str, Any], None, Model]:
    """Find the model to start from, or pull it, as a real server does."""
    try:
        return find(store, text)
    except InvalidNameError as error:
        raise CreateError("invalid model name") from error
    except FileNotFoundError:
        name = Name.parse(text)
        yield from pull.pull(store, name, insecure=bool(request.get("insecure")))
        return Model.open(store, name)


def _inherited(store: Store, layer: Layer, base: Name) -> Layer:
    return store.touch(Layer(layer.media_type, layer.digest, layer.size, base.short()))


def _weights(store: Store, files: dict[str, str]) -> Layer:
    for digest in files.values():
        try:
            blob = store.blob(digest)
            gguf.read(blob)
            return store.touch(Layer(f"{IMAGE}model", digest, blob.stat().st_size))
        except (InvalidDigestError, FileNotFoundError) as error:
            raise CreateError(str(error)) from error
        except gguf.NotGgufError as error:
            raise CreateError(str(error)) from error
    raise CreateError("no files provided to convert")


def _described(header: gguf.Header) -> dict[str, Any]:
    return {
        "model_format": "gguf",
        "model_family": header.architecture,
        "model_families": [header.architecture],
        "model_type": human.parameters(header.parameters),
        "file_type": header.quantization,
        "architecture": "amd64",
        "os": "linux",
    }


def _texts(store: Store, layers: list[Layer], request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the kind and text of every small layer that the request sets."""
    for kind in ("template", "system"):
        if request.get(kind):
            yield kind, str(request[kind])
    licenses = request.get("license") or []
    for text in licenses if isinstance(licenses, list) else [licenses]:
        yield "license", str(text)
    parameters = request.get("parameters") or {}
    if parameters:
        yield "params", dumps(dict(sorted({**_params(store, layers), **parameters}.items()))) + "\n"
    if request.get("messages"):
        yield "messages", dumps(request["messages"]) + "\n"


def _params(store: Store, layers: list[Layer]) -> dict[str, Any]:
    layer = next((layer for layer in layers if layer.kind == "params"), None)
    return dict(json.loads(store.blob(layer.digest).read_bytes())) if layer else {}
