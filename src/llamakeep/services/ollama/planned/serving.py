"""How the Ollama of a host will use its memory, in the terms of the fit."""

from llamakeep.lock.lock import LockedModel
from llamakeep.plan.fit.serving import Serving
from llamakeep.services.ollama.wanted import WantedOllama


def serving_of(wanted: WantedOllama, models: tuple[LockedModel, ...] = ()) -> Serving:
    """Return how a server loads models."""
    return Serving(
        models=models,
        context_length=wanted.context_length,
        parallel=wanted.parallel,
        max_loaded=wanted.max_loaded,
        cache_type=wanted.cache_type,
        flash_attention=wanted.flash_attention,
        spread=wanted.spread,
        visible=wanted.visible,
    )
