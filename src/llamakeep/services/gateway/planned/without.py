"""A gateway when hosts go without some of their models: it knows of them for the others alone."""

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.routes import without

from llamakeep.inventory.fleet import Host
from llamakeep.plan.stage import LeftOut
from llamakeep.services.gateway.wanted import UPSTREAMS
from llamakeep.services.gateway.wanted.record import WantedGateway


def rerouted(host: Host, wanted: WantedGateway, left_out: LeftOut) -> Host:
    """Return a gateway as it is to be while hosts go without models."""
    models = {
        model: tuple(name for name in names if model not in left_out.get(name, ()))
        for model, names in wanted.models.items()
    }
    routes = host.inputs.get(UPSTREAMS)
    inputs = host.inputs if routes is None else {**host.inputs, UPSTREAMS: without(routes, left_out)}
    return host.having("gateway", wanted.model_copy(update={"models": models})).model_copy(update={"inputs": inputs})
