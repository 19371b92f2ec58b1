"""What the API says of itself through its door, and what a model answers."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from llamakeep.verify.probe import connection

_PATIENCE = 20.0  # seconds for a question that needs no model; a door that was just tried has to start


def look(address: str, port: int, foreign: str) -> dict[str, Any]:
    """Ask for version, cloud and models, and once under a foreign Host name.

    >>> {"version": "0.34.4", "cloud_disabled": True, "models": [{"name": "mistral:7b", "digest": "6695…",
    ...  "capabilities": ["completion"]}], "foreign_status": 403}
    """
    try:
        version = _json(address, port, "/api/version").get("version")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OSError(f"the door on {address} port {port} does not answer ({error or type(error).__name__})") from error
    tags = _json(address, port, "/api/tags").get("models") or []
    return {
        "version": version,
        "cloud_disabled": (_json(address, port, "/api/status").get("cloud") or {}).get("disabled"),
        "models": [
            {"name": tag["name"], "digest": tag["digest"], "capabilities": tag.get("capabilities") or []}
            for tag in tags
        ],
        "foreign_status": connection.get(address, port, "/api/tags", _PATIENCE, host=foreign)[0],
    }


def loaded(address: str, port: int) -> list[dict[str, Any]]:
    """Return what lies in memory, as the server reckons it.

    >>> [{"name": "mistral:7b", "size": 5288000000, "size_vram": 5288000000, "context": 8192}]
    """
    return [
        {
            "name": model["name"],
            "size": int(model["size"]),
            "size_vram": int(model.get("size_vram") or 0),
            "context": int(model.get("context_length") or 0),
        }
        for model in _json(address, port, "/api/ps").get("models") or []
    ]


def ask(address: str, port: int, model: str, question: str, tokens: int, patience: float) -> dict[str, Any]:
    """Put a real question to a model and time the answer.

    >>> {"model": "smollm2:135m", "text": "It is Paris.", "tokens": 5, "seconds": 0.4, "error": ""}
    """
    began = time.monotonic()
    body = {
        "model": model,
        "stream": False,
        "messages": [{"role": "user", "content": question}],
        "options": {"num_predict": tokens, "temperature": 0, "seed": 1},
    }
    text, error, count = "", "", 0
    try:
        status, _, raw = connection.send(address, port, "POST", "/api/chat", patience, body=body)
        answer = json.loads(raw)
        message = answer.get("message") or {}
        text = str(message.get("content") or message.get("thinking") or "").strip()
        error = str(answer.get("error") or ("" if status == 200 else f"status {status}"))
        count = int(answer.get("eval_count") or 0)
    except (OSError, ValueError, http.client.HTTPException) as failure:
        error = f"{type(failure).__name__}: {failure}"
    seconds = round(time.monotonic() - began, 3)
    return {"model": model, "text": text[:200], "tokens": count, "seconds": seconds, "error": error}


def _json(address: str, port: int, path: str) -> dict[str, Any]:
    status, _, body = connection.get(address, port, path, _PATIENCE)
    if status != 200:
        raise OSError(f"{path} answers with status {status}")
    value = json.loads(body)
    return value if isinstance(value, dict) else {}
