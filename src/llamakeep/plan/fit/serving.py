"""How a server will use a host's memory: what the fit has to know of it, whoever it is."""

from typing import Literal, NamedTuple

from llamakeep.inventory.model_server import ModelServer
from llamakeep.lock.lock import LockedModel


class Serving(NamedTuple):
    """The models that a server is to have, and how it loads them."""

    models: tuple[LockedModel, ...] = ()
    context_length: int = 8192  # tokens for each request
    parallel: int = 1  # requests at a time
    max_loaded: int = 0  # models at a time; 0: the server decides
    cache_type: Literal["f16", "q8_0", "q4_0"] = "f16"
    flash_attention: bool | None = None  # None: the server decides
    spread: bool = False  # every model over all GPUs
    visible: tuple[str, ...] | None = None  # GPUs that it may see, by UUID or index; None: all


def serving_of(server: ModelServer, models: tuple[LockedModel, ...] = ()) -> Serving:
    """Return how a server loads models."""
    return Serving(
        models=models,
        context_length=server.context_length,
        parallel=server.parallel,
        max_loaded=server.max_loaded,
        cache_type=server.cache_type,
        flash_attention=server.flash_attention,
        spread=server.spread,
        visible=server.visible,
    )
