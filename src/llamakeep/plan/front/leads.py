"""A gateway and desktops when hosts go without some of their models: they know of them for the others alone."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from llamakeep.inventory.fleet import Host

_LEADS = "fleet:leads_to"
_CHATS_AT = "fleet:chats_at"
_BUFFER = 65536  # bytes; the collection's plugin_utils/gateway.py reckons the same

LeftOut = Mapping[str, Collection[str]]  # host -> models that it does not get


def leading_elsewhere(host: Host, left_out: LeftOut) -> Host:
    """Return a gateway or a desktop as it is to be while hosts go without models; any other host as it is."""
    if not any(left_out.values()):
        return host
    host = _told_of_less(host, left_out)
    if host.gateway is None:
        return host
    models = {
        model: tuple(name for name in names if model not in left_out.get(name, ()))
        for model, names in host.gateway.models.items()
    }
    leads = host.inputs.get(_LEADS)
    inputs = host.inputs if leads is None else {**host.inputs, _LEADS: without(leads, left_out)}
    return host.model_copy(update={"gateway": host.gateway.model_copy(update={"models": models}), "inputs": inputs})


def _told_of_less(host: Host, left_out: LeftOut) -> Host:
    """Return a desktop that is told of the models alone that some host has; any other host as it is."""
    if host.desktop is None:
        return host
    models = {
        model: kept
        for model, names in host.desktop.models.items()
        if (kept := tuple(name for name in names if model not in left_out.get(name, ())))
    }
    inputs = dict(host.inputs)
    if told := inputs.get(_CHATS_AT):
        provider = told["provider"]
        named = [model for model in provider.get("models", ()) if model in models]
        inputs[_CHATS_AT] = {**told, "provider": {**provider, "models": named} if provider else {}}
    return host.model_copy(update={"desktop": host.desktop.model_copy(update={"models": models}), "inputs": inputs})


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
