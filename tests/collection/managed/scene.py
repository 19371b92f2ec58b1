"""A service, a door in front of it and clients, all in one process."""

import asyncio
import contextlib
import socket

from allowlist import Allowlist
from door import Door

GET = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Service:
    """A server whose answers a test decides, and which can go away and come back on the same port."""

    def __init__(self):
        self.port = 0
        self.connections = 0
        self.hung_up = asyncio.Event()
        self.finish = asyncio.Event()
        self.writers = []

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        for writer in self.writers:
            writer.close()
        await asyncio.sleep(0.01)

    async def serve(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self.answer(head, reader, writer)
        self.hung_up.set()
        writer.close()

    async def answer(self, head, reader, writer):
        if head.startswith(b"GET /slow"):
            gone = asyncio.ensure_future(reader.read(1))
            done = asyncio.ensure_future(self.finish.wait())
            await asyncio.wait({gone, done}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                self.hung_up.set()
                raise ConnectionError
            gone.cancel()
        if head.startswith(b"GET /upgrade"):
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
            writer.write(await reader.readexactly(4))
        elif head.startswith(b"POST"):
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if b"100-continue" in head:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await reader.readexactly(size)
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class Scene:
    """A service, a door in front of it, and clients who connect."""

    async def __aenter__(self):
        self.service = Service()
        await self.service.start()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.door = Door(("127.0.0.1", self.service.port), Allowlist("/nowhere"), connections=8, patience=0.3)
        self.door.admit([self.listener])
        return self

    async def __aexit__(self, *_):
        self.door.turn_away()
        self.listener.close()
        for connection in self.door.open_connections:
            connection.cancel()
        await self.service.stop()

    async def probe(self):
        return await asyncio.open_connection(*self.listener.getsockname(), limit=1 << 20)


async def reply(reader):
    """Read one answer of a known length, or in one chunk."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"chunked" in head:
        body = await reader.readuntil(b"0\r\n\r\n")
        return head, body.split(b"\r\n")[1]
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


def scene(play):
    """Make a coroutine over a scene a test that ends in time."""

    def test():
        async def run():
            async with Scene() as stage:
                await asyncio.wait_for(play(stage), timeout=5)

        asyncio.run(run())

    test.__name__ = play.__name__
    return test
