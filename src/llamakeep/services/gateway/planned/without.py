"""A gateway when hosts go without some of their models: it knows of them for the others alone."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from llamakeep.inventory.fleet import Host
from llamakeep.plan.stage import LeftOut
from llamakeep.services.gateway.wanted import UPSTREAMS, WantedGateway

_BUFFER = 65536  # bytes; the collection's plugin_utils/gateway.py reckons the same


def rerouted(host: Host, wanted: WantedGateway, left_out: LeftOut) -> Host:
    """Return a gateway as it is to be while hosts go without models."""
    models = {
        model: tuple(name for name in names if model not in left_out.get(name, ()))
        for model, names in wanted.models.items()
    }
    leads = host.inputs.get(UPSTREAMS)
    inputs = host.inputs if leads is None else {**host.inputs, UPSTREAMS: without(leads, left_out)}
    return host.having("gateway", wanted.model_copy(update={"models": models})).model_copy(update={"inputs": inputs})


def without(leads: Mapping[str, Any], left_out: LeftOut) -> dict[str, Any]:
    """Return the collection's table of what a gateway leads to, as it would be without these models.

    >>> without({"hosts": [{"name": "gpu01", "models": ["a:1", "b:1"], …}], …}, {"gpu01": ("b:1",)})
    {"hosts": [{"name": "gpu01", "models": ["a:1"], …}], …}
    """
    hosts = [_host(host, left_out) for host in leads["hosts"]]
    models = [_model(model, left_out) for model in leads["models"]]
    models = [model for model in models if model["hosts"]]
    kept = {model["name"] for model in models}
    backends = {model["backend"] for model in models}
    tags = _only(leads["tags"], "models", "name", kept)
    listed = _only(leads["listed"], "data", "id", kept)
    return {
        **leads,
        "hosts": hosts,
        "models": models,
        "names": {spelling: backend for spelling, backend in leads["names"].items() if backend in backends},
        "tags": tags,
        "listed": listed,
        "buffer": max(_BUFFER, 2 * max(len(tags), len(listed))),
    }


def _host(host: Mapping[str, Any], left_out: LeftOut) -> dict[str, Any]:
    gone = left_out.get(host["name"], ())
    return {**host, "models": [name for name in host["models"] if name not in gone]}


def _model(model: Mapping[str, Any], left_out: LeftOut) -> dict[str, Any]:
    hosts = [_host(host, left_out) for host in model["hosts"]]
    return {**model, "hosts": [host for host in hosts if model["name"] in host["models"]]}


def _only(answer: str, part: str, key: str, kept: Collection[str]) -> str:
    """Return an answer of the gateway's own with the models alone that it still leads to."""
    content = json.loads(answer)
    content[part] = [one for one in content[part] if one[key] in kept]
    return json.dumps(content, separators=(",", ":")) + "\n"
