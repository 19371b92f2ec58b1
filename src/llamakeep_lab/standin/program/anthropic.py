"""The Anthropic dialect: /v1/messages."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Any

from . import gojson
from .chat import conversation, refuse_unplayed
from .exchange import EVENTS, PLAIN_JSON, Exchange, RefusedError
from .runner import EngineError
from .service import Service, field
from .talk import Question, ask

_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop_sequences": "stop",
    "max_tokens": "num_predict",
}
_REASONS = {"stop": "end_turn", "length": "max_tokens"}
_KINDS = {400: "invalid_request_error", 404: "not_found_error"}


def messages(service: Service, exchange: Exchange) -> None:
    """Answer a conversation."""
    request = exchange.json()
    said = field(request, "messages", list, [])
    if not said:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "messages is required")
    if field(request, "max_tokens", int, 0) <= 0:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "max_tokens is required and must be positive")
    model = service.model(request)
    refuse_unplayed(model, {**request, "messages": []})
    system = _text(request.get("system") or "")
    asked = [{"role": str(each.get("role", "")), "content": _text(each.get("content", ""))} for each in said]
    question = Question(
        model,
        messages=conversation(model, asked, system or None),
        options={own: request[name] for name, own in _OPTIONS.items() if request.get(name) is not None},
    )
    head = {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
    }
    if field(request, "stream", bool, False):
        _stream(service, exchange, question, head)
        return
    text = ""
    for piece in ask(service, exchange, question):
        text += piece.text
        if piece.reason:
            answer = {
                **head,
                "content": [{"type": "text", "text": text}],
                "stop_reason": _REASONS[piece.reason],
                "usage": {"input_tokens": piece.prompt_tokens, "output_tokens": piece.tokens},
            }
            exchange.answer(answer, kind=PLAIN_JSON, end="\n")


def complain(exchange: Exchange, error: RefusedError) -> None:
    """Answer with an error in this dialect's form."""
    kind = _KINDS.get(error.status, "api_error")
    body = {"type": "error", "error": {"type": kind, "message": str(error)}}
    exchange.answer(body, error.status, PLAIN_JSON, "\n")


def _stream(service: Service, exchange: Exchange, question: Question, head: dict[str, Any]) -> None:
    try:
        for piece in ask(service, exchange, question):
            if not exchange.status:
                exchange.start(EVENTS)
                usage = {"input_tokens": 0, "output_tokens": 0}
                _event(exchange, "message_start", message={**head, "content": [], "usage": usage})
                _event(exchange, "content_block_start", index=0, content_block={"type": "text", "text": ""})
            if piece.reason:
                _event(exchange, "content_block_stop", index=0)
                usage = {"input_tokens": piece.prompt_tokens, "output_tokens": piece.tokens}
                _event(exchange, "message_delta", delta={"stop_reason": _REASONS[piece.reason]}, usage=usage)
                _event(exchange, "message_stop")
            else:
                said = {"type": "text_delta", "text": piece.text}
                _event(exchange, "content_block_delta", index=0, delta=said)
    except EngineError as error:
        if not exchange.status:
            raise
        _event(exchange, "error", error={"type": "api_error", "message": str(error)})
    exchange.end()


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def _event(exchange: Exchange, name: str, **value: Any) -> None:
    body = gojson.dumps({"type": name, **value})
    exchange.piece(f"event: {name}\ndata: {body}\n\n".encode())
