"""One end of what passes through the door: a client, or the service."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from message import END, Body, Head

PIECE = 64 * 1024  # bytes read at once, and the longest head that is understood


class Side:
    """A connection, and what was read from it and not passed on yet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.held = b""

    @classmethod
    async def of(cls, accepted: socket.socket) -> Side:
        return cls(*await asyncio.open_connection(sock=accepted, limit=PIECE))

    @classmethod
    async def to(cls, host: str, port: int) -> Side:
        return cls(*await asyncio.open_connection(host, port, limit=PIECE))

    @property
    def ended(self) -> bool:
        return not self.held and (self.reader.at_eof() or self.writer.is_closing())

    async def more(self) -> bool:
        """Wait for bytes; False: there will be none."""
        data = await self.reader.read(PIECE)
        self.held += data
        return bool(data)

    async def head(self) -> Head | None:
        """Return the next head; None: the connection ended, or what came is nothing that is understood."""
        while END not in self.held:
            if len(self.held) > PIECE or not await self.more():
                return None
        raw, self.held = self.held.split(END, 1)
        return Head(raw + END)

    async def pass_on(self, to: Side, body: Body) -> None:
        """Carry a body to the other side, each piece as it comes."""
        while not body.done:
            if not self.held and not await self.more():
                if body.endless:
                    return
                raise ConnectionError
            taken = body.take(self.held)
            piece, self.held = self.held[:taken], self.held[taken:]
            await to.write(piece)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def hang_up(self) -> None:
        """Say that nothing more comes; what the other end still says is heard."""
        with contextlib.suppress(OSError):
            if self.writer.can_write_eof():
                self.writer.write_eof()

    def close(self) -> None:
        self.writer.close()
