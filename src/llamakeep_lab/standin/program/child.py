"""`lib/ollama/llama-server`: the child process of one loaded model, on a loopback port of its own.

Like the real one it has no authentication: whoever reaches the port may ask it. The seal is what
keeps everyone else out, and the rehearsal is there to show that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from . import llama
from .exchange import EVENTS, JSON, Exchange, RefusedError
from .generation import CancelledError, answer
from .weights import Weights


class Child(ThreadingHTTPServer):
    """The listening socket; `weights` is None while the model is loading."""

    daemon_threads = True
    request_queue_size = 512
    weights: Weights | None = None

    def __init__(self, host: str, port: int, model: Path) -> None:
        """Bind the port."""
        super().__init__((host, port), Handler)
        self.model = model
        self.turn = threading.Lock()
        self.busy = False

    def server_bind(self) -> None:
        """Bind without asking for this host's own name, which may take a name server."""
        self.socket.bind(self.server_address)


class Handler(BaseHTTPRequestHandler):
    """The few endpoints that the parent uses, and those that a curious neighbour would try."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Child

    def _serve(self) -> None:
        exchange = Exchange(self, self.command, self.path.partition("?")[0])
        try:
            self._route(exchange)
            exchange.finish()
        except RefusedError as error:
            kind = "unavailable_error" if error.status == 503 else "server_error"
            body = {"error": {"code": error.status, "message": str(error), "type": kind}}
            exchange.answer(body, error.status)
        except (CancelledError, ConnectionError):
            self.close_connection = True

    do_GET = do_POST = _serve  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write no access lines: the parent writes one for each request."""

    def _route(self, exchange: Exchange) -> None:
        weights = self.server.weights
        if weights is None:
            raise RefusedError(503, "Loading model")
        ways = {
            ("GET", "/health"): lambda: exchange.answer({"status": "ok"}),
            ("GET", "/slots"): lambda: exchange.answer([self._slot(weights)]),
            ("GET", "/props"): lambda: exchange.answer(self._props(weights)),
            ("POST", "/apply-template"): lambda: self._template(exchange, weights),
            ("POST", "/tokenize"): lambda: self._tokenize(exchange, weights),
            ("POST", "/completion"): lambda: self._complete(exchange, weights),
        }
        way = ways.get((exchange.method, exchange.path))
        if way is None:
            raise RefusedError(404, "File Not Found")
        way()

    def _slot(self, weights: Weights) -> dict[str, Any]:
        return {"id": 0, "n_ctx": weights.context, "is_processing": self.server.busy}

    def _props(self, weights: Weights) -> dict[str, Any]:
        settings = {"n_ctx": weights.context}
        return {"default_generation_settings": settings, "total_slots": 1, "model_path": str(self.server.model)}

    def _template(self, exchange: Exchange, weights: Weights) -> None:
        asked = exchange.json()
        with self._turn():
            exchange.answer({"prompt": weights.prompt(asked["messages"], asked.get("chat_template", ""))})

    def _tokenize(self, exchange: Exchange, weights: Weights) -> None:
        asked = exchange.json()
        with self._turn():
            exchange.answer({"tokens": weights.tokens(str(asked.get("content", "")), first=False)})

    def _complete(self, exchange: Exchange, weights: Weights) -> None:
        question = exchange.json()
        with self._turn():
            pieces = answer(weights, question, exchange.hung_up)
            if question.get("stream"):
                self._stream(exchange, pieces)
                return
            text = ""
            for piece in pieces:
                text += piece["content"]
                if piece["stop"]:
                    exchange.answer({**piece, "content": text}, kind=JSON)

    @staticmethod
    def _stream(exchange: Exchange, pieces: Iterator[dict[str, Any]]) -> None:
        try:
            for piece in pieces:
                if not exchange.status:
                    exchange.start(EVENTS)
                exchange.piece(f"data: {json.dumps(piece)}\n\n".encode())
        except llama.EngineUnavailableError as error:
            if not exchange.status:
                raise
            exchange.piece(f"data: {json.dumps({'error': {'message': str(error)}})}\n\n".encode())
        exchange.end()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one question at a time at the model."""
        with self.server.turn:
            self.server.busy = True
            try:
                yield
            except llama.EngineUnavailableError as error:
                raise RefusedError(500, str(error)) from error
            finally:
                self.server.busy = False


def main(words: list[str] | None = None) -> int:
    """Load a model and answer questions about it until standard input ends."""
    parser = argparse.ArgumentParser(prog="llama-server")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ctx-size", type=int, default=4096)
    asked = parser.parse_args(words)
    libraries = Path(os.path.realpath(__file__)).parent.parent
    child = Child(asked.host, asked.port, asked.model)
    threading.Thread(target=child.serve_forever, daemon=True).start()
    try:
        child.weights = Weights(libraries, asked.model, asked.ctx_size)
    except llama.EngineUnavailableError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    # The parent holds the other end: when the parent is gone, this read ends.
    sys.stdin.buffer.read()
    return 0
