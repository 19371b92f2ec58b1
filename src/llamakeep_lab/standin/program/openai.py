"""The OpenAI dialect: /v1/models, /v1/chat/completions, /v1/completions."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from . import gojson
from .chat import conversation, grammar, refuse_unplayed
from .exchange import EVENTS, PLAIN_JSON, Exchange, RefusedError
from .model import Model
from .names import Name
from .runner import EngineError
from .service import Service, field
from .talk import Piece, Question, ask

_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop",
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
}
_KINDS = {400: "invalid_request_error", 404: "not_found_error"}


def models(service: Service, exchange: Exchange) -> None:
    """List the models."""
    listed = sorted(service.store.models().items(), key=lambda item: -item[1].modified)
    data = [_model(name, manifest.modified) for name, manifest in listed]
    exchange.answer({"object": "list", "data": data}, kind=PLAIN_JSON, end="\n")


def model(service: Service, exchange: Exchange) -> None:
    """Describe one model."""
    found = service.model({"model": exchange.path.removeprefix("/v1/models/")})
    exchange.answer(_model(found.name, found.manifest.modified), kind=PLAIN_JSON, end="\n")


def chat_completions(service: Service, exchange: Exchange) -> None:
    """Answer a conversation."""
    request = exchange.json()
    messages = field(request, "messages", list, [])
    if not messages:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "[] is too short - 'messages'")
    found = service.model(request)
    refuse_unplayed(found, {**request, "images": _has_images(messages)})
    question = _question(found, request, [_flat(message) for message in messages])

    def whole(text: str, reason: str | None) -> dict[str, Any]:
        return {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}

    def delta(text: str, reason: str | None, first: bool) -> dict[str, Any]:
        said = {} if reason else {"content": text}
        return {"index": 0, "delta": {"role": "assistant", **said} if first else said, "finish_reason": reason}

    _reply(service, exchange, request, question, ("chat.completion", "chatcmpl"), whole, delta)


def completions(service: Service, exchange: Exchange) -> None:
    """Continue one prompt, through the model's template as Ollama does."""
    request = exchange.json()
    found = service.model(request)
    prompt = field(request, "prompt", str, "")
    question = _question(found, request, [{"role": "user", "content": prompt}])

    def whole(text: str, reason: str | None) -> dict[str, Any]:
        return {"text": text, "index": 0, "finish_reason": reason}

    def delta(text: str, reason: str | None, _first: bool) -> dict[str, Any]:
        return {"text": text, "index": 0, "finish_reason": reason}

    _reply(service, exchange, request, question, ("text_completion", "cmpl"), whole, delta)


def complain(exchange: Exchange, error: RefusedError) -> None:
    """Answer with an error in this dialect's form."""
    kind = _KINDS.get(error.status, "api_error")
    body = {"error": {"message": str(error), "type": kind, "param": None, "code": None}}
    exchange.answer(body, error.status, PLAIN_JSON, "\n")


def _reply(
    service: Service,
    exchange: Exchange,
    request: dict[str, Any],
    question: Question,
    kinds: tuple[str, str],
    whole: Callable[[str, str | None], dict[str, Any]],
    delta: Callable[[str, str | None, bool], dict[str, Any]],
) -> None:
    stream = field(request, "stream", bool, False)
    kind, prefix = kinds
    head = {
        "id": f"{prefix}-{random.randrange(1000)}",  # noqa: S311 - a number, as a real server makes it
        "object": f"{kind}.chunk" if stream and prefix == "chatcmpl" else kind,
        "created": int(time.time()),
        "model": request["model"],
        "system_fingerprint": "fp_ollama",
    }
    text, first = "", True
    try:
        for piece in ask(service, exchange, question):
            text += piece.text
            if stream:
                if not exchange.status:
                    exchange.start(EVENTS)
                _event(exchange, {**head, "choices": [delta(piece.text, piece.reason or None, first)]})
                first = False
            if piece.reason and stream and (request.get("stream_options") or {}).get("include_usage"):
                _event(exchange, {**head, "choices": [], "usage": _usage(piece)})
            if piece.reason and not stream:
                answer = {**head, "choices": [whole(text, piece.reason)], "usage": _usage(piece)}
                exchange.answer(answer, kind=PLAIN_JSON, end="\n")
    except EngineError as error:
        if not exchange.status:
            raise
        _event(exchange, {"error": {"message": str(error), "type": "api_error", "param": None, "code": None}})
    if stream:
        exchange.piece(b"data: [DONE]\n\n")
        exchange.end()


def _question(found: Model, request: dict[str, Any], messages: list[dict[str, Any]]) -> Question:
    asked = {own: request[name] for name, own in _OPTIONS.items() if request.get(name) is not None}
    wanted = (request.get("response_format") or {}).get("type")
    form = {"json_object": "json", "json_schema": {}}.get(str(wanted))
    return Question(
        found,
        messages=conversation(found, messages),
        options={"temperature": 1.0, **asked},
        grammar=grammar({"format": form}) if form is not None else "",
    )


def _flat(message: Any) -> dict[str, Any]:
    """Join a message that comes as a list of text parts."""
    if isinstance(message, dict) and isinstance(message.get("content"), list):
        parts = (part.get("text", "") for part in message["content"] if isinstance(part, dict))
        return {**message, "content": "\n".join(parts)}
    return dict(message) if isinstance(message, dict) else {"role": "user", "content": str(message)}


def _has_images(messages: list[Any]) -> bool:
    contents = [message.get("content") for message in messages if isinstance(message, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _usage(piece: Piece) -> dict[str, int]:
    return {
        "prompt_tokens": piece.prompt_tokens,
        "completion_tokens": piece.tokens,
        "total_tokens": piece.prompt_tokens + piece.tokens,
    }


def _model(name: Name, modified: float) -> dict[str, Any]:
    return {"id": name.short(), "object": "model", "created": int(modified), "owned_by": name.namespace}


def _event(exchange: Exchange, value: dict[str, Any]) -> None:
    exchange.piece(f"data: {gojson.dumps(value)}\n\n".encode())
