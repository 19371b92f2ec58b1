"""Which endpoint answers which path."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from . import anthropic, chat, guard, manage, openai
from .engine import BusyError
from .exchange import TEXT, Exchange, RefusedError
from .runner import EngineError
from .service import Service

Endpoint = Callable[[Service, Exchange], None]


def root(_service: Service, exchange: Exchange) -> None:
    """GET /: the sentence that every health check knows."""
    exchange.send(HTTPStatus.OK, b"Ollama is running", TEXT)


def unplayed(_service: Service, exchange: Exchange) -> None:
    """Say that a real server has this endpoint and the stand-in does not play it."""
    raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, f"the stand-in does not play {exchange.path}")


ROUTES: dict[str, dict[str, Endpoint]] = {
    "/": {"GET": root, "HEAD": root},
    "/api/version": {"GET": manage.version, "HEAD": manage.version},
    "/api/status": {"GET": manage.status},
    "/api/tags": {"GET": manage.tags, "HEAD": manage.tags},
    "/api/ps": {"GET": manage.ps},
    "/api/show": {"POST": manage.show},
    "/api/delete": {"DELETE": manage.delete},
    "/api/copy": {"POST": manage.copy},
    "/api/create": {"POST": manage.create_model},
    "/api/pull": {"POST": manage.pull_model},
    "/api/push": {"POST": manage.push_model},
    "/api/chat": {"POST": chat.chat},
    "/api/generate": {"POST": chat.generate},
    "/api/embed": {"POST": manage.embed},
    "/api/embeddings": {"POST": manage.embed},
    "/api/me": {"POST": unplayed},
    "/api/signout": {"POST": unplayed},
    "/api/experimental/web_search": {"POST": unplayed},
    "/api/experimental/web_fetch": {"POST": unplayed},
    "/v1/models": {"GET": openai.models},
    "/v1/chat/completions": {"POST": openai.chat_completions},
    "/v1/completions": {"POST": openai.completions},
    "/v1/embeddings": {"POST": unplayed},
    "/v1/responses": {"POST": unplayed},
    "/v1/messages": {"POST": anthropic.messages},
}
_BELOW: dict[str, dict[str, Endpoint]] = {
    "/api/blobs/": {"HEAD": manage.blob_head, "POST": manage.blob_post},
    "/v1/models/": {"GET": openai.model},
}
_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"


def serve(service: Service, exchange: Exchange, *, on_loopback: bool) -> None:
    """Let the guards look at a request, then answer it; errors in the form of its dialect."""
    if not _admitted(service, exchange, on_loopback=on_loopback):
        return
    methods = ROUTES.get(exchange.path) or next(
        (ends for prefix, ends in _BELOW.items() if exchange.path.startswith(prefix)), None
    )
    if methods is None:
        exchange.send(HTTPStatus.NOT_FOUND, b"404 page not found", "text/plain")
        return
    endpoint = methods.get(exchange.method)
    if endpoint is None:
        exchange.extra["Allow"] = ", ".join(methods)
        exchange.send(HTTPStatus.METHOD_NOT_ALLOWED, b"405 method not allowed", "text/plain")
        return
    try:
        endpoint(service, exchange)
    except RefusedError as error:
        _complain(exchange, error)
    except BusyError as error:
        _complain(exchange, RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)))
    except EngineError as error:
        _complain(exchange, RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)))


def _admitted(service: Service, exchange: Exchange, *, on_loopback: bool) -> bool:
    host, origin = exchange.headers.get("Host", ""), exchange.headers.get("Origin", "")
    if origin and origin not in (f"http://{host}", f"https://{host}"):
        allowed = service.settings.origins
        if "*" not in allowed and not guard.origin_allowed(origin, host, allowed):
            exchange.send(HTTPStatus.FORBIDDEN)
            return False
        everyone = "*" in allowed
        exchange.extra["Access-Control-Allow-Origin"] = "*" if everyone else origin
        if not everyone:
            exchange.extra["Vary"] = "Origin"
        if exchange.method == "OPTIONS":
            exchange.extra["Access-Control-Allow-Methods"] = _METHODS.replace(" ", "")
            exchange.extra["Access-Control-Allow-Headers"] = "Authorization,Content-Type,User-Agent,Accept"
            exchange.extra["Access-Control-Max-Age"] = "43200"
            exchange.send(HTTPStatus.NO_CONTENT)
            return False
    if on_loopback and not guard.host_allowed(host):
        exchange.send(HTTPStatus.FORBIDDEN)
        return False
    if exchange.method == "OPTIONS":
        exchange.send(HTTPStatus.NO_CONTENT)
        return False
    return True


def _complain(exchange: Exchange, error: RefusedError) -> None:
    if exchange.path == "/v1/messages":
        anthropic.complain(exchange, error)
    elif exchange.path.startswith("/v1/"):
        openai.complain(exchange, error)
    else:
        exchange.answer({"error": str(error)}, error.status)
