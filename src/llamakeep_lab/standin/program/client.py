"""What the command line says to the server, and what the server says back."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .gojson import dumps
from .settings import address


class UnreachableError(Exception):
    """No server answers."""

    def __init__(self) -> None:
        super().__init__("could not connect to ollama server, run 'ollama serve' to start it")


class ServerError(Exception):
    """The server said no; the text is its own."""


class Client:
    """A server, by OLLAMA_HOST."""

    def __init__(self, environment: str | None = None) -> None:
        """Read where the server is."""
        asked = os.environ.get("OLLAMA_HOST", "") if environment is None else environment
        self._scheme, self._host, self._port = address(asked)

    def get(self, path: str) -> dict[str, Any]:
        """Return a JSON answer."""
        return dict(json.loads(self._ask("GET", path).read()))

    def send(self, method: str, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """Send JSON and return the JSON answer; {} for an empty one."""
        body = self._ask(method, path, dumps(value).encode()).read()
        return dict(json.loads(body)) if body.strip() else {}

    def stream(self, path: str, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Send JSON and yield the answer's lines; an error in the last of them is a ServerError."""
        for line in self._ask("POST", path, dumps(value).encode()):
            if line.strip():
                step = json.loads(line)
                if step.get("error"):
                    raise ServerError(str(step["error"]))
                yield step

    def upload(self, path: Path, digest: str) -> None:
        """Send a file as a blob, unless the server has it."""
        try:
            self._ask("HEAD", f"/api/blobs/{digest}")
        except ServerError:
            with path.open("rb") as file:
                self._ask("POST", f"/api/blobs/{digest}", file, path.stat().st_size)

    def _ask(self, method: str, path: str, body: Any = None, size: int | None = None) -> http.client.HTTPResponse:
        secure = self._scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self._host, self._port)
        headers = {"Content-Type": "application/json"} if size is None else {"Content-Length": str(size)}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError from error
        if answer.status >= http.client.BAD_REQUEST:
            raise ServerError(_reason(answer))
        return answer


def _reason(answer: http.client.HTTPResponse) -> str:
    body = answer.read()
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace") or f"{answer.status} {answer.reason}"
