"""What a gateway answers to whoever asks for the list of models: /api/tags and /v1/models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

BUFFER = 65536  # bytes of a request's head and of its body

Known = Mapping[str, Mapping[str, Any]]  # model -> what a host says of it: `capabilities`, `details`


def tags(names: Iterable[str], lock: Mapping[str, Any], known: Known) -> str:
    """Return the answer to /api/tags: every model that a host is to have, as the lock and the hosts know it."""
    return _json({"models": [_tag(name, lock["models"].get(name, {}), known.get(name, {})) for name in names]})


def _tag(name: str, locked: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "name": name,
        "model": name,
        "modified_at": "1970-01-01T00:00:00Z",  # a model is its digest: when it came to which host says nothing of it
        "size": int(locked.get("size", 0)),
        "digest": locked.get("digest", ""),
        "details": {**_details(locked.get("dimensions") or {}), **known.get("details", {})},
    }
    # Where no host has said it yet, nothing is said: a client that finds no list asks /api/show, or tries.
    return {**found, "capabilities": list(known["capabilities"])} if "capabilities" in known else found


def _details(dimensions: Mapping[str, Any]) -> dict[str, Any]:
    family = dimensions.get("architecture", "")
    details = {
        "parent_model": "",
        "format": "gguf",
        "family": family,
        "families": [family] if family else None,
        "parameter_size": "",
        "quantization_level": "",
    }
    if dimensions:
        details |= {"context_length": dimensions["context"], "embedding_length": dimensions["embedding"]}
    return details


def listed(names: Iterable[str]) -> str:
    """Return the answer to /v1/models, whose form has no place for what a model can do."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": _owner(name)} for name in names]
    return _json({"object": "list", "data": data})


def buffer(tags: str, listed: str) -> int:
    """Return the bytes of a request that HAProxy sees at once; an answer of its own has to fit in half a buffer."""
    return max(BUFFER, 2 * max(len(tags), len(listed)))


def _owner(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2] or "library"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"
