"""One question to a model and its answer in pieces: what chat, generate and the other dialects share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from . import durations
from .exchange import Exchange, RefusedError
from .model import Model
from .runner import Runner, Watch
from .service import Service

Messages = list[dict[str, str]]

# What the engine is told when neither the request nor the model says otherwise.
_SAMPLING = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.0,
    "seed": -1,
    "repeat_last_n": 64,
    "repeat_penalty": 1.1,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}


class HungUpError(ConnectionError):
    """The client is gone; the generation was cancelled."""


@dataclass(frozen=True)
class Piece:
    """A piece of the answer; the last one is empty and says why it ended, and the counts."""

    text: str
    reason: str = ""  # "stop" | "length" on the last piece
    total: int = 0  # nanoseconds, as all durations here
    load: int = 0
    prompt_tokens: int = 0
    prompt_duration: int = 0
    tokens: int = 0
    duration: int = 0
    context: tuple[int, ...] = ()

    def figures(self) -> dict[str, Any]:
        """Return the counts as Ollama's own API writes them."""
        return {
            "total_duration": self.total,
            "load_duration": self.load,
            "prompt_eval_count": self.prompt_tokens,
            "prompt_eval_duration": self.prompt_duration,
            "eval_count": self.tokens,
            "eval_duration": self.duration,
        }


@dataclass(frozen=True)
class Question:
    """What to ask: messages for the model's template, or a raw prompt; `before` are tokens of earlier turns."""

    model: Model
    messages: Messages | None = None
    raw: str = ""
    before: tuple[int, ...] = ()
    template: str = ""
    options: dict[str, Any] | None = None
    grammar: str = ""
    keep_alive: float | None = None  # seconds; None: the server's setting


def ask(service: Service, exchange: Exchange, question: Question) -> Iterator[Piece]:
    """Yield the answer's pieces; a client that hangs up cancels the generation."""
    began = time.monotonic_ns()
    options = {**question.model.parameters, **(question.options or {})}
    watch = Watch(exchange.hung_up)
    with service.engine.use(question.model, context(service, question.model, options), question.keep_alive) as runner:
        loaded = time.monotonic_ns()
        asked = _asked(runner, question, options)
        try:
            for piece in runner.complete(asked, watch):
                if piece.get("content"):
                    yield Piece(piece["content"])
                if piece.get("stop"):
                    yield _last(piece, began, loaded)
        except Exception as error:
            if watch.cut:
                raise HungUpError from error
            raise


def preload(service: Service, question: Question) -> None:
    """Load a model without asking it anything."""
    options = {**question.model.parameters, **(question.options or {})}
    with service.engine.use(question.model, context(service, question.model, options), question.keep_alive):
        pass


def context(service: Service, model: Model, options: dict[str, Any]) -> int:
    """Return the context length in tokens: asked for or set, never more than the model was trained on."""
    asked = options.get("num_ctx") or service.settings.context
    trained = model.header.number("context_length") if model.header else 0
    return min(int(asked), trained) if trained else int(asked)


def keep_alive(request: dict[str, Any]) -> float | None:
    """Return how long the model stays after this request, in seconds; None where it does not say."""
    value = request.get("keep_alive")
    if value is None:
        return None
    try:
        return durations.parse(value)
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f'time: invalid duration "{value}"') from error


def _asked(runner: Runner, question: Question, options: dict[str, Any]) -> dict[str, Any]:
    text = question.raw
    if question.messages is not None:
        template = question.template or question.model.template
        text = runner.prompt(question.messages, template)
    stop = options.get("stop") or []
    return {
        **{name: options.get(name, default) for name, default in _SAMPLING.items()},
        "prompt": [*question.before, text] if question.before else text,
        "n_predict": options.get("num_predict", -1),
        "stop": stop if isinstance(stop, list) else [stop],
        "grammar": question.grammar,
    }


def _last(piece: dict[str, Any], began: int, loaded: int) -> Piece:
    timings = piece.get("timings", {})
    return Piece(
        "",
        reason="length" if piece.get("stop_type") == "limit" else "stop",
        total=time.monotonic_ns() - began,
        load=loaded - began,
        prompt_tokens=int(piece.get("tokens_evaluated", 0)),
        prompt_duration=int(timings.get("prompt_ms", 0) * 1e6),
        tokens=int(piece.get("tokens_predicted", 0)),
        duration=int(timings.get("predicted_ms", 0) * 1e6),
        context=tuple(piece.get("tokens", ())),
    )
