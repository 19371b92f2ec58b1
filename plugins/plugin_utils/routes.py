"""What a gateway leads to while hosts go without some of their models: it knows of them for the others alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.listing import buffer

LeftOut = Mapping[str, Collection[str]]  # host -> models that it does not get


def without(routes: Mapping[str, Any], left_out: LeftOut) -> dict[str, Any]:
    """Return the table of what a gateway leads to, as it would be without these models.

    >>> without({"hosts": [{"name": "gpu01", "models": ["a:1", "b:1"], …}], …}, {"gpu01": ("b:1",)})
    {"hosts": [{"name": "gpu01", "models": ["a:1"], …}], …}
    """
    hosts = [_host(host, left_out) for host in routes["hosts"]]
    models = [_model(model, left_out) for model in routes["models"]]
    models = [model for model in models if model["hosts"]]
    kept = {model["name"] for model in models}
    backends = {model["backend"] for model in models}
    tags = _only(routes["tags"], "models", "name", kept)
    listed = _only(routes["listed"], "data", "id", kept)
    return {
        **routes,
        "hosts": hosts,
        "models": models,
        "names": {spelling: backend for spelling, backend in routes["names"].items() if backend in backends},
        "tags": tags,
        "listed": listed,
        "buffer": buffer(tags, listed),
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
