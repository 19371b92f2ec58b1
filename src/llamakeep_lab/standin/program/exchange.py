"""One request and its answer on a connection that may carry many."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from . import gojson

JSON = "application/json; charset=utf-8"
PLAIN_JSON = "application/json"
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
TEXT = "text/plain; charset=utf-8"

_CHUNK = 1 << 20
_DRAINED = 256 * 1024  # bytes of an unread body that are worth reading to keep the connection


class RefusedError(Exception):
    """An answer other than success: status and the text of {"error": …}."""

    def __init__(self, status: int, message: str) -> None:
        """Take the HTTP status and the message."""
        super().__init__(message)
        self.status = status


class Exchange:
    """A request's parts, and the ways to answer it; `status` is 0 until something was sent."""

    def __init__(self, handler: BaseHTTPRequestHandler, method: str, path: str) -> None:
        """Wrap the connection's handler for one request."""
        self.method = method
        self.path = path
        self.headers = handler.headers
        self.client = str(handler.client_address[0])
        self.began = time.monotonic()
        self.status = 0
        self.extra: dict[str, str] = {}
        self._handler = handler
        # A client of HTTP/1.0 knows no pieces: the end of the connection is the end of the answer.
        self._in_pieces = handler.request_version != "HTTP/1.0"
        self._body = self._chunks()

    @property
    def connection(self) -> socket.socket:
        """The client's socket."""
        connection: socket.socket = self._handler.connection
        return connection

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object, or refuse it as a real server does."""
        try:
            return gojson.loads(b"".join(self._body))
        except gojson.BodyError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error

    def body(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        return self._body

    def answer(self, value: Any, status: int = 200, kind: str = JSON, end: str = "") -> None:
        """Send one JSON value."""
        self.send(status, (gojson.dumps(value) + end).encode(), kind)

    def send(self, status: int, body: bytes = b"", kind: str = "") -> None:
        """Send a whole answer."""
        headers = {"Content-Type": kind} if kind else {}
        self._head(status, {**headers, "Content-Length": str(len(body))}, b"" if self.method == "HEAD" else body)

    def start(self, kind: str, status: int = 200) -> None:
        """Send the head of an answer that comes in pieces."""
        pieces = {"Transfer-Encoding": "chunked"} if self._in_pieces else {}
        self._head(status, {"Content-Type": kind, **pieces}, b"")

    def piece(self, data: bytes) -> None:
        """Send one piece, at once."""
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self._in_pieces else data)

    def line(self, value: Any) -> None:
        """Send one line of a JSON stream; the first one sends the head too."""
        if not self.status:
            self.start(LINES)
        self.piece((gojson.dumps(value) + "\n").encode())

    def end(self) -> None:
        """Close an answer that came in pieces."""
        if self._in_pieces:
            self._handler.wfile.write(b"0\r\n\r\n")
        else:
            self._handler.close_connection = True

    def hung_up(self) -> bool:
        """Tell whether the client has closed its side."""
        with contextlib.suppress(BlockingIOError):
            try:
                readable, _, _ = select.select([self.connection], [], [], 0)
                return bool(readable) and self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            except (OSError, ValueError):
                return True
        return False

    def finish(self) -> None:
        """Leave the connection ready for the next request, or close it."""
        with contextlib.suppress(OSError):
            drained = 0
            for chunk in self._body:
                drained += len(chunk)
                if drained > _DRAINED:
                    self._handler.close_connection = True
                    return

    def _head(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        lines = [f"HTTP/1.1 {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in {**self.extra, **headers}.items()]
        lines.append(f"Date: {formatdate(usegmt=True)}")
        if self._handler.close_connection:
            lines.append("Connection: close")
        self._handler.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def _chunks(self) -> Iterator[bytes]:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            yield from self._chunked()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            data = self._handler.rfile.read(min(left, _CHUNK))
            if not data:
                raise ConnectionResetError("the client hung up inside its request")
            left -= len(data)
            yield data

    def _chunked(self) -> Iterator[bytes]:
        read = self._handler.rfile
        while size := int(read.readline(64).split(b";")[0] or b"0", 16):
            while size > 0:
                data = read.read(min(size, _CHUNK))
                if not data:
                    raise ConnectionResetError("the client hung up inside its request")
                size -= len(data)
                yield data
            read.readline(64)
        while read.readline(1024).strip():
            pass
