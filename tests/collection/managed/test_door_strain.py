"""Clients who stall, vanish, cannot count or talk without end: nobody else notices."""

import asyncio
import contextlib
import json
import socket
from unittest import mock

import pytest
from scene import GET, SLOW, Service, reply, scene
from side import Side


@pytest.mark.parametrize(
    "bad",
    [
        b"Transfer-Encoding: chunked\r\n\r\n-6\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"5" * 5000,
        b"Content-Length: -6\r\n\r\nhello",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ],
)
def test_who_cannot_count_is_let_go_and_nobody_else_notices(bad):
    @scene
    async def play(stage):
        reader, writer = await stage.probe()
        writer.write(b"POST / HTTP/1.1\r\n" + bad)
        assert await reader.read() == b""
        reader, writer = await stage.probe()
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"
        assert await stage.door.hold(1) == 0

    play()


@scene
async def test_a_head_that_began_must_end(stage):
    with mock.patch("door.BEGUN", 0.05):
        rests, rests_writer = await stage.probe()
        reader, writer = await stage.probe()
        writer.write(b"G")
        assert await reader.read() == b""
        rests_writer.write(GET)
        assert (await reply(rests))[1] == b"ok"


@scene
async def test_a_body_that_stalls_is_not_under_way_for_ever(stage):
    with mock.patch("door.STALLED", 0.1):
        slow, slow_writer = await stage.probe()
        slow_writer.write(SLOW)
        reader, writer = await stage.probe()
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
        for _ in range(3):
            await asyncio.sleep(0.06)
            writer.write(b"x")
        assert stage.door.under_way == 2
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        assert stage.door.under_way == 1
        stage.service.finish.set()
        assert (await reply(slow))[1] == b"ok"


@scene
async def test_a_door_that_leaves_waits_for_no_head_that_only_began(stage):
    with mock.patch("door.LINGER", 0.05):
        reader, writer = await stage.probe()
        writer.write(b"G")
        await asyncio.sleep(0.02)
        await asyncio.wait_for(stage.door.leave(), 1)
        assert await reader.read() == b""


@scene
async def test_a_client_that_vanishes_is_found_out(stage):
    with mock.patch.object(Side, "of", side_effect=Side.of) as made:
        reader, writer = await stage.probe()
        writer.write(GET)
        await reply(reader)
    line = made.call_args.args[0]
    assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    assert [line.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [60, 15, 4]


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\n", b"\n\r\n"])
def test_a_head_may_end_in_bare_line_feeds(end):
    @scene
    async def play(stage):
        with mock.patch.object(Service, "serve", answer_once):
            await stage.service.stop()
            await stage.service.start()
            reader, writer = await stage.probe()
            writer.write(b"GET / HTTP/1.0" + end)
            assert (await reply(reader))[1] == b"ok"

    async def answer_once(service, reader, writer):
        assert await reader.readexactly(14 + len(end)) == b"GET / HTTP/1.0" + end
        writer.write(b"HTTP/1.0 200 OK\nContent-Length: 2\r\n\r\nok")
        writer.close()

    play()


@scene
async def test_a_head_that_is_too_long_is_answered(stage):
    reader, writer = await stage.probe()
    writer.write(GET[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n")
    head, body = await reply(reader)
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert json.loads(body) == {"error": "the request's head is longer than 64 KiB"}
    assert await reader.read() == b""
    assert stage.service.connections == 0


@scene
async def test_who_asks_twice_at_once_and_hangs_up_is_reported_inside(stage):
    _, writer = await stage.probe()
    writer.write(SLOW + GET)
    await asyncio.sleep(0.02)
    writer.close()
    await stage.service.hung_up.wait()


@scene
async def test_who_asks_twice_at_once_and_then_only_listens_gets_both_answers(stage):
    reader, writer = await stage.probe()
    writer.write(GET + GET)
    writer.write_eof()
    assert [(await reply(reader))[1] for _ in range(2)] == [b"ok", b"ok"]
