"""The models that a host should have, as those see it who have to do with models."""

from typing import Any, Literal

from llamakeep.inventory.wanted import Wanted
from llamakeep.inventory.wish import wishes
from llamakeep.lock.lock import LockedModel

NAMES = "ollama_models_names"
SOURCES = "ollama_models_sources"


class ModelList(Wanted):
    """A service that brings models to its host."""

    models: tuple[LockedModel, ...] = ()
    sources: tuple[str, ...] = ()  # registries that are asked before the lock's own
    on_misfit: dict[str, Literal["fail", "warn", "skip"]] = {}  # canonical name -> choice; unnamed: fail


def model_names(inputs: dict[str, Any], place: str = NAMES) -> tuple[str, ...]:
    """Return the canonical names of the models that the inputs ask for, each once, in their order."""
    return tuple(wish.name for wish in wishes(inputs[NAMES], place))
