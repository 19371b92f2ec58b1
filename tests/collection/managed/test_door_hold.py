"""Nobody notices that the service behind a door restarts, or the door itself."""

import asyncio
import contextlib
import signal
import time

import pytest
from scene import GET, SLOW, free_port, reply, scene, until


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
    clients = await stage.crowd(100)
    await asyncio.sleep(0.5)
    assert stage.service.requests == 0
    await stage.release()
    assert [(await reply(reader))[1] for reader, _ in clients] == [b"ok"] * 100


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
async def test_those_who_wait_at_a_door_that_leaves_get_an_answer(stage):
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
