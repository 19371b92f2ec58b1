"""What passes through a door, and that nobody notices a restart behind it."""

import asyncio
import json

import pytest
from scene import GET, SLOW, reply, scene


@scene
async def test_requests_pass_on_one_connection(stage):
    reader, writer = await stage.probe()
    for _ in range(3):
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"
    assert stage.service.connections == 1


@scene
async def test_requests_sent_at_once_are_answered_in_turn(stage):
    reader, writer = await stage.probe()
    writer.write(GET + GET)
    assert [(await reply(reader))[1] for _ in range(2)] == [b"ok", b"ok"]


@scene
async def test_a_body_passes_unharmed(stage):
    reader, writer = await stage.probe()
    body = b"x" * 300_000
    writer.write(b"POST /api/blobs HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert (await reply(reader))[1] == body


@scene
async def test_a_client_that_waits_for_leave_to_send_gets_it(stage):
    reader, writer = await stage.probe()
    writer.write(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"hi")
    assert (await reply(reader))[1] == b"hi"


@scene
async def test_what_turns_into_something_else_passes_both_ways(stage):
    reader, writer = await stage.probe()
    writer.write(b"GET /upgrade HTTP/1.1\r\n\r\n")
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"ping")
    assert await reader.readexactly(4) == b"ping"
    assert await stage.door.hold(2) == 0  # there is no end to wait for


@scene
async def test_a_client_that_hangs_up_is_reported_inside(stage):
    _, writer = await stage.probe()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    writer.close()
    await stage.service.hung_up.wait()


@scene
async def test_a_hold_waits_for_what_is_under_way_and_keeps_the_rest_outside(stage):
    slow, slow_writer = await stage.probe()
    slow_writer.write(SLOW)
    await asyncio.sleep(0.02)
    hold = asyncio.ensure_future(stage.door.hold(2))
    await asyncio.sleep(0.02)
    waiting, waiting_writer = await stage.probe()
    waiting_writer.write(GET)
    await asyncio.sleep(0.05)
    assert not hold.done()
    assert stage.service.connections == 1
    stage.service.finish.set()
    assert await hold == 0
    assert (await reply(slow))[1] == b"ok"
    assert not waiting.at_eof()
    stage.door.release()
    assert (await reply(waiting))[1] == b"ok"


@scene
async def test_a_hold_has_an_end(stage):
    _, writer = await stage.probe()
    writer.write(SLOW)
    for _ in range(500):
        if stage.door.under_way:
            break
        await asyncio.sleep(0.01)
    assert await stage.door.hold(0.05) == 1


@scene
async def test_a_kept_connection_outlives_a_restart(stage):
    reader, writer = await stage.probe()
    writer.write(GET)
    await reply(reader)
    await stage.door.hold(1)
    writer.write(GET)
    await stage.service.stop()
    await stage.service.start()
    stage.door.release()
    assert (await reply(reader))[1] == b"ok"
    assert stage.service.connections == 2


@scene
async def test_a_request_waits_for_a_service_that_is_away(stage):
    await stage.service.stop()
    reader, writer = await stage.probe()
    writer.write(GET)
    await asyncio.sleep(0.1)
    await stage.service.start()
    assert (await reply(reader))[1] == b"ok"


@scene
async def test_a_service_that_stays_away_is_answered_for(stage):
    await stage.service.stop()
    reader, writer = await stage.probe()
    writer.write(GET)
    head, body = await reply(reader)
    assert b"503" in head
    assert json.loads(body) == {"error": "the service does not answer; it was waited for 0 s"}


@scene
async def test_who_would_rather_ask_elsewhere_is_told_in_time(stage):
    reader, writer = await stage.probe()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    holding = asyncio.ensure_future(stage.door.hold(10))
    other, asking = await stage.probe()
    began = asyncio.get_running_loop().time()
    asking.write(b"GET / HTTP/1.1\r\nPrefer: respond-async, wait=1\r\n\r\n")
    head, _ = await reply(other)
    assert b" 503 " in head
    assert 0.9 < asyncio.get_running_loop().time() - began < 3
    stage.service.finish.set()
    assert (await reply(reader))[1] == b"ok"
    await holding


@scene
async def test_who_would_rather_ask_elsewhere_does_not_wait_behind_those_who_wait(stage):
    await stage.service.stop()
    stage.door.patience = 10
    _, patient = await stage.probe()
    patient.write(GET)
    await asyncio.sleep(0.02)
    reader, writer = await stage.probe()
    writer.write(b"GET / HTTP/1.1\r\nPrefer: wait=1\r\n\r\n")
    assert b" 503 " in (await asyncio.wait_for(reply(reader), 3))[0]
    patient.close()


@scene
async def test_who_would_rather_ask_elsewhere_is_served_where_the_service_is_there(stage):
    reader, writer = await stage.probe()
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nPrefer: wait=1\r\n\r\n")
        assert (await reply(reader))[1] == b"ok"
    assert stage.service.connections == 1


@scene
async def test_a_service_that_dies_in_the_middle_is_not_hidden(stage):
    reader, writer = await stage.probe()
    writer.write(SLOW)
    await asyncio.sleep(0.02)
    await stage.service.stop()
    assert await reader.read() == b""


@scene
async def test_what_is_not_http_is_carried_unread(stage):
    reader, writer = await stage.probe()
    writer.write(b"\x16\x03\x01 no such thing\r\n\r\n")
    writer.write_eof()
    assert b"200 OK" in await reader.read()


@scene
async def test_a_door_that_leaves_sees_its_clients_out(stage):
    kept, kept_writer = await stage.probe()
    kept_writer.write(GET)
    await reply(kept)
    slow, slow_writer = await stage.probe()
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
    clients = [await stage.probe() for _ in range(8)]
    await asyncio.sleep(0.02)
    reader, writer = await stage.probe()
    writer.write(GET)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reply(reader), 0.05)
    clients[0][1].close()
    reader, writer = await stage.probe()
    writer.write(GET)
    assert len(stage.door.open_connections) <= 8
