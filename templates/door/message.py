"""Just enough of HTTP/1 to know where a message begins and ends; nothing of it is ever altered or judged."""

from __future__ import annotations

import json
import re

END = re.compile(rb"\n\r?\n")
LENGTH = re.compile(rb"\d{1,18}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;.*)?")
WAIT = re.compile(rb"(?:^|[,;\s])wait=(\d{1,4})(?![^,;\s])")
LINE = 4096  # bytes of a chunk's size, with all that follows it, or of a trailer
METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"PATCH ", b"OPTIONS ")


class Head:
    r"""The first lines of a request or an answer, with the empty line that ends them.

    >>> Head(b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n").fields
    {b'host': b'localhost'}
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        first, *lines = raw.strip(b"\r\n").split(b"\n")
        self.first = first.split()
        pairs = (line.partition(b":") for line in lines)
        self.fields: dict[bytes, bytes] = {}
        for name, _, value in ((name.strip().lower(), mark, value.strip().lower()) for name, mark, value in pairs):
            self.fields[name] = self.fields[name] + b"," + value if name in self.fields else value

    @property
    def is_request(self) -> bool:
        return self.raw.startswith(METHODS)

    @property
    def status(self) -> int:
        return int(self.first[1])

    @property
    def ends_connection(self) -> bool:
        old = b"HTTP/1.0" in (self.first[0], self.first[-1])
        return self._says(b"connection", b"close") or (old and not self._says(b"connection", b"keep-alive"))

    @property
    def chunked(self) -> bool:
        return self._says(b"transfer-encoding", b"chunked")

    @property
    def length(self) -> int | None:
        """Bytes of the body, where the head says so; ValueError, where it says several things or no number."""
        said = self.fields.get(b"content-length")
        if self.chunked or said is None:
            return None
        first, *others = (size.strip() for size in said.split(b","))
        if not LENGTH.fullmatch(first) or any(size != first for size in others):
            raise ValueError(f"no length: {said!r}")
        return int(first)

    @property
    def wait(self) -> int | None:
        """Seconds after which the client would rather ask elsewhere (RFC 7240), where it says so."""
        said = WAIT.search(self.fields.get(b"prefer", b""))
        return int(said[1]) if said else None

    def _says(self, field: bytes, word: bytes) -> bool:
        return word in self.fields.get(field, b"").replace(b",", b" ").split()

    def closing(self) -> bytes:
        """Return the lines with word to the client that this connection ends here."""
        first, rest = self.raw.split(b"\n", 1)
        return first + b"\nConnection: close\r\n" + rest


class Body:
    """Counts a body as its bytes pass: of a length, in chunks, or (neither) to the connection's end."""

    def __init__(self, length: int | None = None, chunked: bool = False) -> None:
        self.chunked = chunked
        self.endless = length is None and not chunked
        self.left = length or 0  # bytes of the body, or of the chunk that is passing
        self.done = length == 0 and not chunked
        self._line = b""
        self._trailing = False

    @classmethod
    def of_request(cls, head: Head) -> Body:
        return cls(chunked=True) if head.chunked else cls(head.length or 0)

    @classmethod
    def of_answer(cls, head: Head, to: Head) -> Body:
        if to.first[0] == b"HEAD" or head.status in (101, 204, 304):
            return cls(0)
        return cls(head.length, head.chunked)

    def take(self, data: bytes) -> int:
        """Return how many of these bytes still belong to the body."""
        at = len(data) if self.endless else 0
        while at < len(data) and not self.done:
            if self.left:
                step = min(self.left, len(data) - at)
                self.left -= step
                at += step
                self.done = not self.chunked and not self.left
            else:
                at = self._size(data, at)
        return at

    def _size(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        self._line += data[at:] if end < 0 else data[at:end]
        if len(self._line) > LINE:
            raise ValueError(f"a line of more than {LINE} bytes in a chunked body")
        if end < 0:
            return len(data)
        line, self._line = self._line.removesuffix(b"\r"), b""
        if self._trailing:
            self.done = not line
        else:
            said = CHUNK.fullmatch(line)
            if not said:
                raise ValueError(f"no chunk size: {line!r}")
            size = int(said[1], 16)
            self._trailing = size == 0
            self.left = size + len(b"\r\n") if size else 0  # the line end after a chunk counts with it
        return end + 1


def refusal(status: str, error: str, *fields: str) -> bytes:
    """Return an answer of the door itself, after which the connection ends."""
    body = json.dumps({"error": error}).encode()
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *fields,
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
