"""Reading the numbers of a locked model from a registry that has it."""

import json

from llamakeep.errors import Refusal
from llamakeep.lock import blob, gguf
from llamakeep.lock.dimensions import dimensions
from llamakeep.lock.lock import Dimensions, LockedModel
from llamakeep.lock.manifest import layers
from llamakeep.record import Record

_PARAMETERS = 64 << 10  # bytes; a model has a few hundred


class Reading(Record):
    """What came of reading one model's numbers."""

    name: str
    received: int = 0  # bytes of its file
    known: bool = True  # False: its architecture is none of which we know how it keeps its cache
    trouble: str = ""  # why there are no numbers: place, finding, expectation, remedy


class Reader:
    """Registries that are asked for headers; one that does not answer is not asked again."""

    def __init__(self) -> None:
        self._silent: dict[str, Refusal] = {}

    def read(self, model: LockedModel, sources: tuple[str, ...]) -> tuple[Dimensions | None, Reading]:
        """Return the numbers of a model from its own registry, else from the first of `sources` that has it."""
        if not layers(model, "model"):
            return None, Reading(name=model.name, trouble=f"{model.name}: holds no GGUF file, which is all we can read")
        trouble: Refusal | None = None
        for registry in dict.fromkeys(url.rstrip("/") for url in (model.registry, *sources)):
            if registry in self._silent:
                why = self._silent[registry]
                trouble = trouble or why.but(place=registry)
                continue
            try:
                found, received = _read(model, registry)
            except Refusal as refusal:
                trouble = trouble or refusal
                if isinstance(refusal, blob.UnreachableError):
                    self._silent[registry] = refusal
                continue
            return found, Reading(name=model.name, received=received, known=found.known)
        return None, Reading(name=model.name, trouble=f"{model.name}: {trouble}")


def measured(model: LockedModel, fetch: gguf.Read, parameters: bytes, place: str) -> tuple[Dimensions, int]:
    """Return a model's numbers and the bytes that were fetched for them.

    `fetch` reads its GGUF file, which `place` names; `parameters` is its params layer.
    """
    file = layers(model, "model")[0]
    header = gguf.read(fetch, file.size, place)
    asked = _parameters(parameters, place)
    found = dimensions(
        header,
        projector=sum(layer.size for layer in layers(model, "projector")),
        num_ctx=_count(asked.get("num_ctx")),
        num_batch=_count(asked.get("num_batch")),
    )
    return found, header.received


def _read(model: LockedModel, registry: str) -> tuple[Dimensions, int]:
    """Read what is needed of one model at one registry."""
    parameters = b"".join(
        blob.whole(registry, model.path, layer) for layer in layers(model, "params")[:1] if layer.size <= _PARAMETERS
    )
    with blob.Blob(registry, model.path, layers(model, "model")[0]) as file:
        return measured(model, file.read, parameters, file.url)


def _parameters(body: bytes, place: str) -> dict[str, object]:
    """Return what a params layer holds."""
    try:
        found = json.loads(body) if body else {}
    except ValueError as error:
        raise Refusal(
            place, f"the model's parameters are no JSON: {error}", id="model-parameters-malformed", expected="a table"
        ) from error
    return found if isinstance(found, dict) else {}


def _count(value: object) -> int:
    """Return a number that a model asks for; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40 else 0
