"""How a server will use a host's memory: what the fit has to know of it, whoever it is."""

from llamakeep.inventory.model_server import Loading, ModelServer
from llamakeep.lock.lock import LockedModel


class Serving(Loading):
    """The models that a server is to have, and how it loads them."""

    models: tuple[LockedModel, ...] = ()


def serving_of(server: ModelServer, models: tuple[LockedModel, ...] = ()) -> Serving:
    """Return how a server loads models."""
    return Serving(models=models, **{name: getattr(server, name) for name in Loading.model_fields})
