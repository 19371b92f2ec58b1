"""What passes through a door, and that nobody notices a restart behind it."""

import asyncio
import contextlib
import json
import signal
import time

import pytest
from scene import GET, SLOW, free_port, reply, scene

KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


async def until(happened):
    for _ in range(500):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


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
async def test_a_hold_waits_for_what_is_under_way_and_keeps_the_rest_outside(stage):
    slow, slow_writer = await stage.probe()
    slow_writer.write(SLOW)
    await until(lambda: stage.service.requests)
    hold = asyncio.ensure_future(stage.hold(10))
    await asyncio.sleep(0.3)
    waiting, waiting_writer = await stage.probe()
    waiting_writer.write(GET)
    await asyncio.sleep(0.3)
    assert not hold.done()
    assert stage.service.requests == 1
    stage.service.finish.set()
    assert await hold == ""
    assert (await reply(slow))[1] == b"ok"
    assert not waiting.at_eof()
    await stage.release()
    assert (await reply(waiting))[1] == b"ok"


@scene
async def test_a_hold_has_an_end(stage):
    _, writer = await stage.probe()
    writer.write(SLOW)
    await until(lambda: stage.service.requests)
    assert await stage.hold(0.2) == "1 requests still under way"


@scene
async def test_a_kept_connection_outlives_a_restart(stage):
    reader, writer = await stage.probe()
    writer.write(GET)
    await reply(reader)
    await stage.hold(1)
    writer.write(GET)
    await stage.service.stop()
    await stage.service.start()
    await stage.release()
    assert (await reply(reader))[1] == b"ok"
    assert stage.service.requests == 2


@scene
async def test_many_that_wait_are_all_answered(stage):
    await stage.hold(1)
    clients = [await stage.probe() for _ in range(100)]
    for _, writer in clients:
        writer.write(GET)
    await asyncio.sleep(0.5)
    assert stage.service.requests == 0
    await stage.release()
    assert [(await reply(reader))[1] for reader, _ in clients] == [b"ok"] * 100


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


@scene
async def test_a_reload_is_noticed_by_nobody(stage):
    kept, kept_writer = await stage.probe()
    slow, slow_writer = await stage.probe()
    slow_writer.write(SLOW)
    await until(lambda: stage.service.requests)
    await stage.reload()
    new, new_writer = await stage.probe()
    for reader, writer in ((kept, kept_writer), (new, new_writer)):
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"
    stage.service.finish.set()
    assert (await reply(slow))[1] == b"ok"


@scene
async def test_a_hold_waits_for_what_the_process_before_a_reload_has_under_way(stage):
    slow, slow_writer = await stage.probe()
    slow_writer.write(SLOW)
    await until(lambda: stage.service.requests)
    await stage.reload()
    assert await stage.hold(0.3) == "1 requests still under way"
    stage.service.finish.set()
    assert (await reply(slow))[1] == b"ok"
    assert await stage.hold(2) == ""


@scene
async def test_after_a_reload_requests_are_held_as_before(stage):
    await stage.hold(1)
    await stage.reload()
    late, writer = await stage.probe()
    writer.write(GET)
    await asyncio.sleep(0.5)
    assert stage.service.requests == 0
    await stage.release()
    assert (await reply(late))[1] == b"ok"


@scene
async def test_a_reload_waits_for_those_who_wait(stage):
    await stage.hold(1)
    waiting, writer = await stage.probe()
    writer.write(GET)
    await asyncio.sleep(0.2)
    reload = asyncio.ensure_future(stage.reload())
    await asyncio.sleep(0.5)
    assert not reload.done()
    await stage.release()
    assert (await reply(waiting))[1] == b"ok"
    await reload


@scene
async def test_after_a_release_the_next_process_goes_by_its_own_configuration(stage):
    await stage.hold(1)
    await stage.release()
    await stage.service.stop()
    stage.service.port = free_port()
    await stage.service.start()
    stage.door = stage.expanded()
    stage.write()
    await stage.reload()
    reader, writer = await stage.probe()
    writer.write(GET)
    assert (await asyncio.wait_for(reply(reader), 5))[1] == b"ok"


@scene
async def test_what_is_asked_on_a_kept_connection_after_a_reload_is_held_as_well(stage):
    kept, writer = await stage.probe()
    writer.write(GET)
    await reply(kept)
    await stage.reload()
    await stage.hold(5)
    assert len(stage.control.workers()) == 1
    with contextlib.suppress(ConnectionError):
        writer.write(GET)
        await writer.drain()
    assert await kept.read() == b"", "a client asks anew on another connection"
    assert stage.service.requests == 1


@scene
async def test_what_asks_for_another_protocol_and_gets_none_is_under_way_as_all_others(stage):
    _, writer = await stage.probe()
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n"
    writer.write(SLOW[:-2] + upgrade)
    await until(lambda: stage.service.requests)
    assert await stage.hold(0.3) == "1 requests still under way"


@scene
async def test_a_door_that_does_not_answer_is_released_once_it_does(stage):
    await stage.hold(1)
    stage.process.send_signal(signal.SIGSTOP)
    releasing = asyncio.ensure_future(stage.release())
    await asyncio.sleep(1)
    stage.process.send_signal(signal.SIGCONT)
    await releasing
    assert not stage.control.is_held()
    reader, writer = await stage.probe()
    writer.write(GET)
    assert (await reply(reader))[1] == b"ok"


@scene
async def test_those_who_wait_at_a_door_that_leaves_are_told(stage):
    await stage.hold(1)
    reader, writer = await stage.probe()
    writer.write(GET)
    await asyncio.sleep(0.3)
    began = time.monotonic()
    assert await stage.leave() == "1 requests that waited for the service got 503"
    assert b" 503 " in (await reply(reader))[0]
    assert time.monotonic() - began < 5


@scene
async def test_a_door_that_leaves_sees_its_clients_out(stage):
    slow, slow_writer = await stage.probe()
    slow_writer.write(SLOW)
    await until(lambda: stage.service.requests)
    leaving = asyncio.ensure_future(stage.leave())
    await asyncio.sleep(0.5)
    assert not leaving.done()
    stage.service.finish.set()
    assert (await reply(slow))[1] == b"ok"
    await leaving


@scene
async def test_a_list_that_is_no_good_is_refused_and_the_old_one_stays(stage):
    (stage.folder / "allowlist").write_text("not an address\n")
    with pytest.raises(SystemExit, match="no new process came up"):
        await stage.reload()
    reader, writer = await stage.probe()
    writer.write(GET)
    assert (await reply(reader))[1] == b"ok"
