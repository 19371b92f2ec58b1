"""One end of what passes through the door: a client, or the service."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

from message import END, Body, Head

PIECE = 64 * 1024  # bytes read at once, and the longest head that is understood
LINGER = 1  # seconds that a client who was sent away is still heard, lest what it was told is lost


class Overlong(ValueError):
    """A head that does not end where the longest one does."""


class Side:
    """A connection, and what was read from it and not passed on yet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.held = b""
        self.hung_up = False

    @classmethod
    async def of(cls, accepted: socket.socket) -> Side:
        return cls(*await asyncio.open_connection(sock=accepted, limit=PIECE))

    @classmethod
    async def to(cls, host: str, port: int) -> Side:
        return cls(*await asyncio.open_connection(host, port, limit=PIECE))

    @property
    def ended(self) -> bool:
        return self.hung_up or (not self.held and (self.reader.at_eof() or self.writer.is_closing()))

    @contextlib.contextmanager
    def limit(self, within: float | None) -> Iterator[None]:
        """Let what is read here fail with TimeoutError once so many seconds are over; None: never."""
        if within is None:
            yield
            return
        timer = asyncio.get_running_loop().call_later(within, self.reader.set_exception, TimeoutError())
        try:
            yield
        finally:
            timer.cancel()

    async def more(self, within: float | None = None) -> bool:
        """Wait for bytes, so many seconds at most; False: there will be none."""
        with self.limit(within):
            data = await self.reader.read(PIECE)
        self.held += data
        return bool(data)

    async def head(self, within: float | None = None) -> Head | None:
        """Return the next head, so many seconds after its first byte at most; None: the connection ended before."""
        if not self.held and not await self.more():
            return None
        with self.limit(within):
            while True:
                end = END.search(self.held, 0, PIECE)
                if end:
                    raw, self.held = self.held[: end.end()], self.held[end.end() :]
                    return Head(raw)
                if len(self.held) >= PIECE:
                    raise Overlong
                if not await self.more():
                    return None

    async def pass_on(self, to: Side, body: Body, within: float | None = None) -> None:
        """Carry a body to the other side, each piece as it comes, so many seconds after the last one at most."""
        while not body.done:
            if not self.held and not await self.more(within):
                if body.endless:
                    return
                raise ConnectionError
            taken = body.take(self.held)
            piece, self.held = self.held[:taken], self.held[taken:]
            await to.write(piece)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def dismiss(self, data: bytes) -> None:
        """Write a last word; then hear for a moment what is on its way, for closed at once, it could take it back."""
        await self.write(data)
        self.hang_up()
        with self.limit(LINGER):
            while await self.reader.read(PIECE):
                pass

    def hang_up(self) -> None:
        """Say that nothing more comes; what the other end still says is heard."""
        self.hung_up = True
        with contextlib.suppress(OSError):
            if self.writer.can_write_eof():
                self.writer.write_eof()

    def close(self) -> None:
        self.writer.close()
