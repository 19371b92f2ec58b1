"""POST /api/chat and POST /api/generate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from . import human
from .exchange import Exchange, RefusedError
from .model import Model
from .runner import EngineError
from .service import Service, field, named
from .talk import Messages, Piece, Question, ask, keep_alive, preload

# Any JSON value; a schema is refused rather than ignored.
_JSON_GRAMMAR = r"""
root ::= ws object
value ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" ws ( pair ( "," ws pair )* )? "}" ws
pair ::= string ":" ws value ws
array ::= "[" ws ( value ws ( "," ws value ws )* )? "]" ws
string ::= "\"" ( [^"\\\x00-\x1f] | "\\" ["\\/bfnrt] )* "\""
number ::= "-"? [0-9]+ ( "." [0-9]+ )? ( [eE] [-+]? [0-9]+ )?
ws ::= [ \t\n]?
"""


def chat(service: Service, exchange: Exchange) -> None:
    """Answer a conversation."""
    request = exchange.json()
    model = service.model(request)
    messages = field(request, "messages", list, [])
    refuse_unplayed(model, request)

    def written(text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text}}

    if not messages:
        _load_or_unload(service, exchange, model, request, written(""))
        return
    question = Question(
        model,
        messages=conversation(model, messages),
        options=field(request, "options", dict, {}),
        grammar=grammar(request),
        keep_alive=keep_alive(request),
    )
    _reply(exchange, request, ask(service, exchange, question), written)


def generate(service: Service, exchange: Exchange) -> None:
    """Answer one prompt."""
    request = exchange.json()
    try:
        model = service.model(request)
    except RefusedError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"model '{named(request)}' not found") from error
    refuse_unplayed(model, request)
    prompt, raw = field(request, "prompt", str, ""), field(request, "raw", bool, False)
    if raw and (request.get("template") or request.get("system") or request.get("context")):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "raw mode does not support template, system, or context")
    if request.get("suffix"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"{model.name} does not support insert")

    def written(text: str) -> dict[str, Any]:
        return {"response": text}

    if not prompt:
        _load_or_unload(service, exchange, model, request, written(""))
        return
    system = field(request, "system", str, "") or model.system
    asked = conversation(model, [{"role": "user", "content": prompt}], system)
    question = Question(
        model,
        messages=None if raw else asked,
        raw=prompt if raw else "",
        before=tuple(request.get("context") or ()),
        template=field(request, "template", str, ""),
        options=field(request, "options", dict, {}),
        grammar=grammar(request),
        keep_alive=keep_alive(request),
    )
    _reply(exchange, request, ask(service, exchange, question), written, tokens=not raw)


def conversation(model: Model, messages: list[Any], system: str | None = None) -> Messages:
    """Return the messages that the model reads: its own first, its system text where none is given."""
    said = [_message(message) for message in messages]
    own = [_message(message) for message in model.messages]
    system = model.system if system is None else system
    if system and said[0]["role"] != "system":
        return [{"role": "system", "content": system}, *own, *said]
    return own + said


def refuse_unplayed(model: Model, request: dict[str, Any]) -> None:
    """Refuse what the stand-in's models cannot do, in a real server's words."""
    if request.get("tools"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"{model.name} does not support tools")
    if request.get("think"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f'"{named(request)}" does not support thinking')
    messages = request.get("messages") or []
    if request.get("images") or any(isinstance(each, dict) and each.get("images") for each in messages):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"{model.name} does not support vision")


def grammar(request: dict[str, Any]) -> str:
    """Return the grammar that the answer must follow; "" for none."""
    wanted = request.get("format")
    if not wanted:
        return ""
    if wanted == "json":
        return _JSON_GRAMMAR
    if isinstance(wanted, dict):
        raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, "the stand-in does not hold answers to a JSON schema")
    raise RefusedError(
        HTTPStatus.BAD_REQUEST, f'invalid format: "{wanted}"; expected "json" or a valid JSON Schema object'
    )


def _message(message: Any) -> dict[str, str]:
    if not isinstance(message, dict):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "json: cannot unmarshal string into Go value of type api.Message")
    return {"role": field(message, "role", str, ""), "content": field(message, "content", str, "")}


def _load_or_unload(
    service: Service, exchange: Exchange, model: Model, request: dict[str, Any], empty: dict[str, Any]
) -> None:
    alive = keep_alive(request)
    if alive == 0:
        service.engine.unload(model)
    else:
        preload(service, Question(model, options=field(request, "options", dict, {}), keep_alive=alive))
    reason = "unload" if alive == 0 else "load"
    exchange.answer({**_head(request), **empty, "done": True, "done_reason": reason})


def _reply(
    exchange: Exchange,
    request: dict[str, Any],
    pieces: Iterator[Piece],
    written: Callable[[str], dict[str, Any]],
    *,
    tokens: bool = False,
) -> None:
    def last(piece: Piece, text: str) -> dict[str, Any]:
        answer = {**_head(request), **written(text), "done": True, "done_reason": piece.reason}
        return {**answer, **({"context": list(piece.context)} if tokens else {}), **piece.figures()}

    if field(request, "stream", bool, True):
        try:
            for piece in pieces:
                exchange.line(
                    last(piece, "") if piece.reason else {**_head(request), **written(piece.text), "done": False}
                )
        except EngineError as error:
            if not exchange.status:
                raise
            # The head is out, so the error can only be the last line: as a real server does it.
            exchange.line({"error": str(error)})
        exchange.end()
        return
    text = ""
    for piece in pieces:
        text += piece.text
        if piece.reason:
            exchange.answer(last(piece, text))


def _head(request: dict[str, Any]) -> dict[str, Any]:
    return {"model": named(request), "created_at": human.stamp(time.time())}
