"""The endpoints of Ollama's API by what they are for: https://docs.ollama.com/api, and `server/routes.go` of a release.

What stands in no list is let through by nobody. `/v1/models/<one>` is listed as well, `/api/blobs/<digest>` managed.
"""

from __future__ import annotations

ASK = (  # a model, by POST
    "/api/chat",
    "/api/generate",
    "/api/embed",
    "/api/embeddings",
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
    "/v1/messages",
)
LOOK = ("/api/show",)  # at one model, by POST
LIST = ("/api/tags", "/api/version", "/v1/models")  # by GET
STATE = ("/", "/api/ps", "/api/status")  # of one server, by GET
MANAGE = ("/api/pull", "/api/push", "/api/create", "/api/delete", "/api/copy")


def for_gateway() -> dict[str, list[str]]:
    """Return what a gateway lets through, and what it refuses as its hosts' own: which of them is in use, too.

    >>> {"ask": ["/api/chat", …], "look": ["/api/show"], "list": ["/api/tags", …], "manage": ["/api/pull", …]}
    """
    return {"ask": [*ASK], "look": [*LOOK], "list": [*LIST], "manage": [*MANAGE, "/api/ps"]}


def for_door() -> dict[str, list[str]]:
    """Return what a door lets through that is for asking alone, and what it refuses by name.

    >>> {"by_post": ["/api/chat", …, "/api/show"], "by_get": ["/api/tags", …, "/api/ps"], "manage": ["/api/pull", …]}
    """
    return {"by_post": [*ASK, *LOOK], "by_get": [*LIST, *STATE], "manage": [*MANAGE]}
