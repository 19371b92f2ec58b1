"""Bodies that a service would hold: a door with `longest_body` takes no longer one, and none of unknown length."""

import asyncio
import contextlib
import json
import socket

import pytest
from scene import GET, reply, scene, until

LIMIT = 4_000_000
SIZED = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
UNSIZED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def push(port, head, pieces, piece=b"x" * 1_000_000):
    """Send a body as far as it goes, as a blocking client does; return the answer."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(head)
            for _ in range(pieces):
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if b"chunked" in head else piece)
        with contextlib.suppress(ConnectionError):
            while more := line.recv(65536):
                said += more
                if b"}" in said:
                    break
    return said


async def refused(stage, head, status, pieces=40):
    said = await asyncio.to_thread(push, stage.port, head, pieces)
    assert said.startswith(b"HTTP/1.1 %d " % status), said
    words = json.loads(said.partition(b"\r\n\r\n")[2])
    assert words["error"] == words["detail"]
    assert stage.service.requests == 0
    return words["error"]


@scene(longest_body=LIMIT)
async def test_a_body_of_unknown_length_is_refused(stage):
    for _ in range(10):
        assert "Content-Length" in await refused(stage, UNSIZED, 411)


@pytest.mark.parametrize(
    "head",
    [
        UNSIZED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        UNSIZED.replace(b"Host: x", b"Content-Length: 5\r\nHost: x"),
        UNSIZED.replace(b"Host: x", b"Connection: Upgrade\r\nUpgrade: websocket\r\nHost: x"),
        UNSIZED.replace(b"Host: x", b"Connection: Transfer-Encoding\r\nHost: x"),
        UNSIZED.replace(b"Host: x", b"Prefer: wait=5\r\nHost: x"),
        UNSIZED.replace(b"chunked", b"Chunked"),
        UNSIZED.replace(b"POST", b"GET"),
        UNSIZED.replace(b"POST", b"DELETE"),
    ],
)
def test_nor_in_another_guise(head):
    @scene(longest_body=LIMIT)
    async def play(stage):
        said = await asyncio.to_thread(push, stage.port, head, 40)
        assert said[9:12] in (b"411", b"400"), said
        assert stage.service.requests == 0

    play()


@pytest.mark.parametrize("length", [LIMIT + 1, 400_000_000, 2**31 + 1, 2**32 + 1, 2**63 - 1, 2**64 - 2, 2**64 - 1])
def test_a_longer_one_is_refused(length):
    """Read into 32 bits some of these are short; and by the last HAProxy itself means a length that is unknown."""

    @scene(longest_body=LIMIT)
    async def play(stage):
        for _ in range(10):
            assert str(LIMIT) in await refused(stage, SIZED % length, 413, min(length // 1_000_000, 40))

    play()


@scene(longest_body=LIMIT)
async def test_who_would_be_refused_is_not_asked_for_the_body(stage):
    for head in (UNSIZED, SIZED % (LIMIT + 1)):
        reader, writer = await stage.probe()
        writer.write(head.replace(b"Host: x", b"Host: x\r\nExpect: 100-continue"))
        assert (await reader.readline())[9:12] in (b"411", b"413")


@scene(longest_body=LIMIT)
async def test_the_longest_one_passes(stage):
    for length in (0, 10, 100_000, LIMIT):
        reader, writer = await stage.probe()
        writer.write(SIZED % length + b"x" * length)
        reader._limit = 2 * LIMIT
        assert len((await reply(reader))[1]) == length


@scene(longest_body=LIMIT)
async def test_what_has_no_body_passes(stage):
    reader, writer = await stage.probe()
    for head in (GET, b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"):
        writer.write(head)
        assert (await reply(reader))[0].startswith(b"HTTP/1.1 ")
    writer.write(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")
    writer.write(b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"ping")
    assert await reader.readexactly(4) == b"ping"


@scene
async def test_a_door_without_it_takes_every_length(stage):
    reader, writer = await stage.probe()
    reader._limit = 3 * LIMIT
    writer.write(SIZED % (2 * LIMIT) + b"x" * (2 * LIMIT))
    assert len((await reply(reader))[1]) == 2 * LIMIT
    writer.write(UNSIZED + b"3\r\nabc\r\n0\r\n\r\n")
    assert (await reply(reader))[1] == b"abc"


@scene(longest_body=LIMIT, longest_bodies=2)
async def test_so_many_long_ones_at_a_time_and_others_pass_them(stage):
    long, rest = SIZED % LIMIT + b"x" * (LIMIT - 1), b"x"
    slow = [await stage.probe() for _ in range(2)]
    for _, writer in slow:
        writer.write(long)
    await until(lambda: stage.service.requests == 2)
    more = [await stage.probe() for _ in range(4)]
    for guise, (_, writer) in zip(
        (b"", b"Prefer: wait=5\r\n", b"Upgrade: websocket\r\n", b"Cookie: token=x\r\n"), more, strict=True
    ):
        writer.write(long.replace(b"\r\n\r\n", b"\r\n%s\r\n" % guise, 1) + rest)
    for head in (GET, SIZED % 1000 + b"x" * 1000):
        reader, writer = await stage.probe()
        writer.write(head)
        assert (await asyncio.wait_for(reply(reader), 3))[0].startswith(b"HTTP/1.1 200 ")
    assert stage.service.requests == 4, "another long one came in"
    for _, writer in slow:
        writer.write(rest)
    for reader, _ in slow + more:
        reader._limit = 2 * LIMIT
        assert len((await reply(reader))[1]) == LIMIT


@scene(longest_body=LIMIT)
async def test_a_hold_keeps_long_ones_too(stage):
    assert await stage.hold(3) == ""
    reader, writer = await stage.probe()
    writer.write(SIZED % LIMIT + b"x" * LIMIT)
    await asyncio.sleep(0.5)
    assert stage.service.requests == 0
    await stage.release()
    reader._limit = 2 * LIMIT
    assert len((await asyncio.wait_for(reply(reader), 5))[1]) == LIMIT
