"""What passes through a door, and who is answered by the door itself."""

import asyncio
import json
import time

import pytest
from scene import GET, SLOW, reply, scene, until

KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@scene
async def test_requests_pass_on_one_connection(stage):
    reader, writer = await stage.probe()
    for _ in range(3):
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"


@scene
async def test_requests_sent_at_once_are_answered_in_turn(stage):
    reader, writer = await stage.probe()
    writer.write(GET + GET)
    assert [(await reply(reader))[1] for _ in range(2)] == [b"ok", b"ok"]


@scene
async def test_a_body_passes_unharmed(stage):
    reader, writer = await stage.probe()
    body = b"x" * 300_000
    writer.write(b"POST /api/blobs HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert (await reply(reader))[1] == body


@scene
async def test_a_client_that_waits_for_leave_to_send_gets_it(stage):
    reader, writer = await stage.probe()
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"hi")
    assert (await reply(reader))[1] == b"hi"


@scene
async def test_what_turns_into_something_else_passes_both_ways_and_holds_nobody_up(stage):
    reader, writer = await stage.probe()
    writer.write(b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + KEY + b"\r\n")
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"ping")
    assert await reader.readexactly(4) == b"ping"
    began = time.monotonic()
    assert await stage.hold(5) == ""  # there is no end to wait for
    assert time.monotonic() - began < 2


@scene
async def test_a_client_that_hangs_up_is_reported_inside(stage):
    _, writer = await stage.probe()
    writer.write(SLOW)
    await until(lambda: stage.service.requests)
    writer.close()
    await stage.service.hung_up.wait()


@scene
async def test_a_request_waits_for_a_service_that_is_away(stage):
    await stage.service.stop()
    reader, writer = await stage.probe()
    writer.write(GET)
    await asyncio.sleep(0.3)
    await stage.service.start()
    assert (await reply(reader))[1] == b"ok"


@scene(patience=1)
async def test_a_service_that_stays_away_is_answered_for(stage):
    await stage.service.stop()
    reader, writer = await stage.probe()
    writer.write(GET)
    head, body = await reply(reader)
    assert b"503" in head
    assert b"retry-after: 5" in head.lower()
    assert json.loads(body) == {"error": "the service does not answer; it was waited for 1 s"}


@pytest.mark.parametrize("prefer", ["respond-async, wait=1", "wait=1", "respond-async; x=y, Wait=1"])
def test_who_would_rather_ask_elsewhere_is_told_in_time(prefer):
    @scene
    async def play(stage):
        await stage.hold(1)
        reader, writer = await stage.probe()
        began = time.monotonic()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: %s\r\n\r\n" % prefer.encode())
        head, _ = await reply(reader)
        assert b" 503 " in head
        assert 0.9 < time.monotonic() - began < 3

    play()


@scene
async def test_who_would_rather_ask_elsewhere_does_not_wait_behind_those_who_wait(stage):
    await stage.hold(1)
    for _ in range(50):
        (await stage.probe())[1].write(GET)
    askers = [await stage.probe() for _ in range(50)]
    began = time.monotonic()
    for _, writer in askers:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=1\r\n\r\n")
    for reader, _ in askers:
        assert b" 503 " in (await reply(reader))[0]
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("seconds", [0, 1, 3, 9999])
def test_who_would_rather_ask_elsewhere_is_served_where_the_service_is_there(seconds):
    @scene
    async def play(stage):
        reader, writer = await stage.probe()
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=%d\r\n\r\n" % seconds)
            assert (await reply(reader))[1] == b"ok"

    play()


@scene
async def test_a_service_that_dies_in_the_middle_is_not_hidden(stage):
    reader, writer = await stage.probe()
    writer.write(SLOW)
    await until(lambda: stage.service.requests)
    await stage.service.stop()
    head, body = await reply(reader)
    assert b" 502 " in head
    assert json.loads(body) == {"error": "the service broke off before it answered"}


ADDRESSES = ("127.0.0.1:11434", "192.0.2.7", "[::1]:11434", "[fd12::7]")
OWN = ("localhost:11434", "LOCALHOST", "gpu01", "GPU01:11434", "gpu01.example")
FOREIGN = ("evil.example", "evil.local", "evil.internal:11434", "gpu01.evil.local", "localhost.evil")
ODD = ("127.0.0.1.evil.local", "1.2.3.4.5", "gpu01 evil", "")


@pytest.mark.parametrize(
    ("name", "status"),
    [*((name, 200) for name in (*ADDRESSES, *OWN)), *((name, 403) for name in (*FOREIGN, *ODD))],
)
def test_a_name_that_is_not_the_hosts_gets_no_answer(name, status):
    @scene(names=["gpu01", "Gpu01.example"])
    async def play(stage):
        reader, writer = await stage.probe()
        writer.write(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode())
        head = (await reply(reader))[0]
        assert int(head.split()[1]) in (status, 400 if status == 403 else status), head
        assert stage.service.requests == (1 if status == 200 else 0)

    play()


@scene
async def test_what_is_not_http_is_refused(stage):
    reader, writer = await stage.probe()
    writer.write(b"\x16\x03\x01 no such thing\r\n\r\n")
    assert b" 400 " in (await reply(reader))[0]
    assert stage.service.requests == 0
