"""What passes through a door, and that nobody notices a restart behind it."""

import asyncio
import contextlib
import json
import socket

import pytest
from door import Door

GET = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Service:
    """A server whose answers a test decides, and which can go away and come back on the same port."""

    def __init__(self):
        self.port = 0
        self.visits = 0
        self.hung_up = asyncio.Event()
        self.finish = asyncio.Event()
        self.writers = []

    async def start(self):
        self.server = await asyncio.start_server(self.visit, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        for writer in self.writers:
            writer.close()
        await asyncio.sleep(0.01)

    async def visit(self, reader, writer):
        self.visits += 1
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
    """A service, a door in front of it, and clients who knock."""

    async def __aenter__(self):
        self.service = Service()
        await self.service.start()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.door = Door(("127.0.0.1", self.service.port), connections=8, patience=0.3)
        self.door.admit([self.listener])
        return self

    async def __aexit__(self, *_):
        self.door.turn_away()
        self.listener.close()
        for visit in self.door.visits:
            visit.cancel()
        await self.service.stop()

    async def knock(self):
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


@scene
async def test_requests_pass_on_one_connection(stage):
    reader, writer = await stage.knock()
    for _ in range(3):
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"
    assert stage.service.visits == 1


@scene
async def test_requests_sent_at_once_are_answered_in_turn(stage):
    reader, writer = await stage.knock()
    writer.write(GET + GET)
    assert [(await reply(reader))[1] for _ in range(2)] == [b"ok", b"ok"]


@scene
async def test_a_body_passes_unharmed(stage):
    reader, writer = await stage.knock()
    body = b"x" * 300_000
    writer.write(b"POST /api/blobs HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert (await reply(reader))[1] == body


@scene
async def test_a_client_that_waits_for_leave_to_send_gets_it(stage):
    reader, writer = await stage.knock()
    writer.write(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"hi")
    assert (await reply(reader))[1] == b"hi"


@scene
async def test_what_turns_into_something_else_passes_both_ways(stage):
    reader, writer = await stage.knock()
    writer.write(b"GET /upgrade HTTP/1.1\r\n\r\n")
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"ping")
    assert await reader.readexactly(4) == b"ping"
    assert await stage.door.hold(2) == 0  # there is no end to wait for


@scene
async def test_a_client_that_hangs_up_is_reported_inside(stage):
    _, writer = await stage.knock()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    writer.close()
    await stage.service.hung_up.wait()


@scene
async def test_a_hold_waits_for_what_is_under_way_and_keeps_the_rest_outside(stage):
    slow, slow_writer = await stage.knock()
    slow_writer.write(SLOW)
    await asyncio.sleep(0.02)
    hold = asyncio.ensure_future(stage.door.hold(2))
    await asyncio.sleep(0.02)
    waiting, waiting_writer = await stage.knock()
    waiting_writer.write(GET)
    await asyncio.sleep(0.05)
    assert not hold.done()
    assert stage.service.visits == 1
    stage.service.finish.set()
    assert await hold == 0
    assert (await reply(slow))[1] == b"ok"
    assert not waiting.at_eof()
    stage.door.release()
    assert (await reply(waiting))[1] == b"ok"


@scene
async def test_a_hold_has_an_end(stage):
    _, writer = await stage.knock()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    assert await stage.door.hold(0.05) == 1


@scene
async def test_a_kept_connection_outlives_a_restart(stage):
    reader, writer = await stage.knock()
    writer.write(GET)
    await reply(reader)
    await stage.door.hold(1)
    writer.write(GET)
    await stage.service.stop()
    await stage.service.start()
    stage.door.release()
    assert (await reply(reader))[1] == b"ok"
    assert stage.service.visits == 2


@scene
async def test_a_request_waits_for_a_service_that_is_away(stage):
    await stage.service.stop()
    reader, writer = await stage.knock()
    writer.write(GET)
    await asyncio.sleep(0.1)
    await stage.service.start()
    assert (await reply(reader))[1] == b"ok"


@scene
async def test_a_service_that_stays_away_is_answered_for(stage):
    await stage.service.stop()
    reader, writer = await stage.knock()
    writer.write(GET)
    head, body = await reply(reader)
    assert b"503" in head
    assert json.loads(body) == {"error": "the service does not answer; it was waited for 0 s"}


@scene
async def test_a_service_that_dies_in_the_middle_is_not_hidden(stage):
    reader, writer = await stage.knock()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    await stage.service.stop()
    assert await reader.read() == b""


@scene
async def test_what_is_not_http_is_carried_unread(stage):
    reader, writer = await stage.knock()
    writer.write(b"\x16\x03\x01 no such thing\r\n\r\n")
    writer.write_eof()
    assert b"200 OK" in await reader.read()


@scene
async def test_a_door_that_leaves_sees_its_clients_out(stage):
    kept, kept_writer = await stage.knock()
    kept_writer.write(GET)
    await reply(kept)
    slow, slow_writer = await stage.knock()
    slow_writer.write(SLOW)
    await asyncio.sleep(0.02)
    leaving = asyncio.ensure_future(stage.door.leave())
    kept_writer.write(GET)
    assert b"Connection: close" in (await reply(kept))[0]
    stage.service.finish.set()
    assert b"Connection: close" in (await reply(slow))[0]
    await leaving


@scene
async def test_more_clients_than_there_is_room_for_wait_outside(stage):
    clients = [await stage.knock() for _ in range(8)]
    await asyncio.sleep(0.02)
    reader, writer = await stage.knock()
    writer.write(GET)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reply(reader), 0.05)
    clients[0][1].close()
    reader, writer = await stage.knock()
    writer.write(GET)
    assert len(stage.door.visits) <= 8
