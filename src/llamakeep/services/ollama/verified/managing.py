"""Who would manage models where one may only ask: nothing of it could change a host."""

from __future__ import annotations

from typing import Any

from llamakeep.verify.probe import connection

_PATIENCE = 20.0  # seconds for an answer of the door itself
# By which endpoint, and with which body for a model of that name. It does not exist, so none of them would do anything.
_ATTEMPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("DELETE", "/api/delete", ("model",)),
    ("POST", "/api/copy", ("source", "destination")),
    ("POST", "/api/create", ("model",)),
    ("POST", "/api/push", ("model",)),
    ("HEAD", f"/api/blobs/sha256:{'0' * 64}", ()),
)


def attempts(address: str, port: int, nonce: str) -> list[dict[str, Any]]:
    """Return what a door answers to who would manage a model that does not exist.

    >>> [{"what": "DELETE /api/delete", "status": 403}, {"what": "POST /api/copy", "status": 403}, …]
    """
    found = []
    for method, path, fields in _ATTEMPTS:
        body = dict.fromkeys(fields, f"llamakeep-none-{nonce}") if fields else None
        status, _, _ = connection.send(address, port, method, path, _PATIENCE, body=body)
        found.append({"what": f"{method} {path}", "status": status})
    return found
