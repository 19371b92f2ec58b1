"""The endpoints that look at the store and change it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from . import create, human, pull
from .exchange import PLAIN_JSON, Exchange, RefusedError
from .manifest import IMAGE
from .model import Model, find
from .names import InvalidNameError, Name
from .service import Service, field, named
from .store import InvalidDigestError
from .version import VERSION


def version(_service: Service, exchange: Exchange) -> None:
    """GET /api/version."""
    exchange.answer({"version": VERSION})


def status(service: Service, exchange: Exchange) -> None:
    """GET /api/status: whether cloud features are off, and who said so."""
    disabled = service.settings.no_cloud
    exchange.answer({"cloud": {"disabled": disabled, "source": "env" if disabled else "none"}})


def tags(service: Service, exchange: Exchange) -> None:
    """GET /api/tags: every model in the store, the youngest first."""
    models = []
    for name in service.store.models():
        with contextlib.suppress(OSError, ValueError):
            models.append(Model.open(service.store, name))
    models.sort(key=lambda model: -model.manifest.modified)
    exchange.answer({"models": [model.listed() for model in models]})


def ps(service: Service, exchange: Exchange) -> None:
    """GET /api/ps: every model in memory."""
    models = [
        {
            "name": entry.model.name.short(),
            "model": entry.model.name.short(),
            "size": entry.size,
            "digest": entry.model.manifest.digest,
            "details": {**entry.model.details(), "parent_model": ""},
            "expires_at": human.stamp(entry.expires),
            "size_vram": 0,
            "context_length": entry.context,
        }
        for entry in service.engine.loaded()
    ]
    exchange.answer({"models": models})


def show(service: Service, exchange: Exchange) -> None:
    """POST /api/show."""
    asked = named(exchange.json())
    if not asked:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "model is required")
    try:
        exchange.answer(find(service.store, asked).shown())
    except InvalidNameError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid model name") from error
    except FileNotFoundError as error:
        short = service.store.spelled(Name.parse(asked)).short()
        raise RefusedError(HTTPStatus.NOT_FOUND, f"model '{short}' not found") from error


def delete(service: Service, exchange: Exchange) -> None:
    """DELETE /api/delete."""
    asked = named(exchange.json())
    try:
        name = service.store.spelled(Name.parse(asked))
        service.store.remove(name)
    except InvalidNameError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f'name "{asked}" is invalid') from error
    except FileNotFoundError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"model '{asked}' not found") from error
    exchange.send(HTTPStatus.OK)


def copy(service: Service, exchange: Exchange) -> None:
    """POST /api/copy."""
    request = exchange.json()
    names = []
    for part in ("source", "destination"):
        text = field(request, part, str, "")
        try:
            names.append(service.store.spelled(Name.parse(text)))
        except InvalidNameError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f'{part} "{text}" is invalid') from error
    try:
        service.store.copy(*names)
    except FileNotFoundError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, f'model "{request["source"]}" not found') from error
    exchange.send(HTTPStatus.OK)


def blob_head(service: Service, exchange: Exchange) -> None:
    """HEAD /api/blobs/<digest>."""
    digest = exchange.path.removeprefix("/api/blobs/")
    try:
        present = service.store.blob(digest).is_file()
    except InvalidDigestError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
    if not present:
        raise RefusedError(HTTPStatus.NOT_FOUND, f'blob "{digest}" not found')
    exchange.send(HTTPStatus.OK)


def blob_post(service: Service, exchange: Exchange) -> None:
    """POST /api/blobs/<digest>."""
    digest = exchange.path.removeprefix("/api/blobs/")
    try:
        present = service.store.blob(digest).is_file()
    except InvalidDigestError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
    if present:
        exchange.send(HTTPStatus.OK)
        return
    layer, _ = service.store.add(exchange.body(), f"{IMAGE}model")
    if layer.digest != digest:
        message = f'digest mismatch, expected "{digest}", got "{layer.digest}"'
        raise RefusedError(HTTPStatus.BAD_REQUEST, message)
    exchange.send(HTTPStatus.CREATED)


def pull_model(service: Service, exchange: Exchange) -> None:
    """POST /api/pull."""
    request = exchange.json()
    try:
        name = service.store.spelled(Name.parse(named(request)))
    except InvalidNameError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid model name") from error
    steps = pull.pull(service.store, name, insecure=field(request, "insecure", bool, False))
    _say(exchange, request, steps)


def create_model(service: Service, exchange: Exchange) -> None:
    """POST /api/create."""
    request = exchange.json()
    try:
        name = service.store.spelled(Name.parse(named(request)))
    except InvalidNameError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid model name") from error
    _say(exchange, request, create.create(service.store, name, request))


def push_model(_service: Service, exchange: Exchange) -> None:
    """POST /api/push: the stand-in never sends a model anywhere."""
    exchange.json()
    raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, "the stand-in does not push models")


def embed(service: Service, exchange: Exchange) -> None:
    """POST /api/embed and /api/embeddings: refused as a real server refuses it for such a model."""
    service.model(exchange.json())
    message = "This server does not support embeddings. Start it with `--embeddings`"
    raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, message)


def _say(exchange: Exchange, request: dict[str, Any], steps: Iterator[dict[str, Any]]) -> None:
    """Send each step as a line, or only the last one to a client that wants no stream."""
    stream = field(request, "stream", bool, True)
    latest: dict[str, Any] = {}
    try:
        for step in steps:
            latest = step
            if stream:
                exchange.line(step)
    except (create.CreateError, pull.PullError, OSError, ValueError) as error:
        if isinstance(error, ConnectionError):
            raise
        if exchange.status:
            exchange.line({"error": str(error)})
        else:
            code = HTTPStatus.BAD_REQUEST if isinstance(error, create.CreateError) else HTTPStatus.INTERNAL_SERVER_ERROR
            exchange.answer({"error": str(error)}, code, PLAIN_JSON)
            return
    if stream:
        exchange.end()
    else:
        exchange.answer(latest, kind=PLAIN_JSON)
