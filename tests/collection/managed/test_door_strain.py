"""Clients who stall, vanish, cannot count or talk without end: nobody else notices.

Among them the ten faults of the door that this one replaced.
"""

import asyncio
import contextlib
import socket
import time
from pathlib import Path

import door_control
import pytest
from scene import GET, SLOW, reply, scene, until, version

BODY = b"x" * 5_000_000
POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


def sooner(text):
    """Have whoever is silent be let go after one second instead of ten."""
    return text.replace("timeout http-request 10s", "timeout http-request 1s").replace("client 60s", "client 1s")


@pytest.mark.parametrize(("path", "status"), [(b"/early", b" 401 "), (b"/last", b" 413 ")])
def test_an_answer_that_comes_before_the_body_is_read_arrives(path, status):
    """Fault 1: the client saw a reset instead of the answer, 29 times of 30."""

    @scene
    async def play(stage):
        for _ in range(30):
            assert status in await asyncio.to_thread(upload, stage.port, path)

    play()


def upload(port, path):
    """Send a long body as far as it goes, and return the answer's first bytes, as a blocking client sees them."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(POST % (path, len(BODY)) + BODY)
        return line.recv(65536)


@scene(edit=sooner, max_connections=64)
async def test_who_is_silent_takes_nobodys_place_for_long(stage):
    """Fault 2: as many silent connections as there is room for, and nobody else got in."""
    silent = [await stage.probe() for _ in range(80)]
    reader, writer = await stage.probe()
    writer.write(GET)
    assert (await asyncio.wait_for(reply(reader), 5))[1] == b"ok"
    assert await asyncio.wait_for(silent[0][0].read(), 5) == b""


@scene(edit=sooner)
async def test_a_head_that_began_must_end(stage):
    reader, writer = await stage.probe()
    writer.write(b"G")
    assert b" 408 " in (await asyncio.wait_for(reply(reader), 5))[0]


@scene(edit=sooner)
async def test_a_body_that_stalls_is_not_under_way_for_ever(stage):
    _, writer = await stage.probe()
    writer.write(POST % (b"/", 10))
    await until(lambda: stage.service.requests)
    writer.write(b"x")
    # Before 3.0 HAProxy lets it rest as long as the service does: a hold ends at its own end then.
    assert await stage.hold(3) == ("" if version() >= (3, 0) else "1 requests still under way")


@scene
async def test_no_hold_ends_before_the_last_request_that_would_rather_ask_elsewhere(stage):
    """Fault 3: 27 of 120 holds returned while one was under way."""
    stopped = asyncio.Event()

    async def ask():
        while not stopped.is_set():
            reader, writer = await stage.probe()
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=5\r\n\r\n")
            await reply(reader)
            writer.close()

    asking = [asyncio.ensure_future(ask()) for _ in range(4)]
    for _ in range(10):
        assert await stage.hold(5) == ""
        seen = stage.service.requests
        await asyncio.sleep(0.05)
        assert stage.service.requests == seen
        await stage.release()
        await asyncio.sleep(0.05)
    stopped.set()
    await asyncio.gather(*asking)


@scene
async def test_those_who_left_while_they_waited_are_asked_for_no_more(stage):
    """Fault 4: all hundred started all the same."""
    await stage.hold(1)
    clients = await stage.crowd(100)
    await asyncio.sleep(0.3)
    for _, writer in clients:
        writer.close()
    await asyncio.sleep(0.5)
    await stage.release()
    await asyncio.sleep(0.3)
    assert stage.service.requests <= 1  # the one that tried just then


@scene
async def test_who_pipelines_behind_a_slow_request_costs_little(stage):
    """Fault 5: 426 KB for each of 500 connections."""
    (worker,) = stage.control.workers()
    before = resident(worker)
    clients = [await stage.probe() for _ in range(200)]
    for _, writer in clients:
        writer.write(SLOW + GET * 20_000)
    await until(lambda: stage.service.requests >= 200)
    await asyncio.sleep(0.5)
    assert (resident(worker) - before) / 200 < 200_000
    stage.service.finish.set()


def resident(process):
    """Return the bytes of memory that a process has."""
    line = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize(
    "framed",
    [
        b"Transfer-Encoding:\r\n chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\n",
        b"Transfer-Encoding: chunked\r\n\r\n-6\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"5" * 5000,
        b"Transfer-Encoding: gzip, chunked, identity\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"Content-Length: -6\r\n\r\nhello",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ],
)
def test_who_counts_oddly_holds_nobody_up(framed):
    """Fault 6: it hung, and each drain waited its full time."""

    @scene
    async def play(stage):
        reader, writer = await stage.probe()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n" + framed)
        head, body = await asyncio.wait_for(reply(reader), 5)
        assert b" 400 " in head or body == b"hi"
        assert await stage.hold(5) == ""
        await stage.release()
        reader, writer = await stage.probe()
        writer.write(GET)
        assert (await reply(reader))[1] == b"ok"

    play()


@scene
async def test_who_would_wait_for_no_moment_is_served_by_a_service_that_is_there(stage):
    """Fault 7: 503 from a healthy service; and where it is away, that is said at once."""
    reader, writer = await stage.probe()
    for _ in range(20):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=0\r\n\r\n")
        assert (await reply(reader))[1] == b"ok"
    await stage.hold(1)
    began = time.monotonic()
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=0\r\n\r\n")
    assert b" 503 " in (await reply(reader))[0]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("version", [b"1.0\r\nConnection: keep-alive", b"1.1"])
def test_what_is_framed_twice_is_one_request_to_both_sides(version):
    """Fault 8: door and service took the body's end for different places."""

    @scene
    async def play(stage):
        smuggled = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        _, writer = await stage.probe()
        writer.write(b"POST / HTTP/" + version + b"\r\nHost: x\r\nTransfer-Encoding: chunked\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n0\r\n\r\n" % (5 + len(smuggled)) + smuggled)
        await asyncio.sleep(0.3)
        assert stage.service.requests <= 2  # the two that HAProxy read, each on a connection of its own
        assert stage.service.connections == stage.service.requests

    play()


@pytest.mark.parametrize("method", [b"TRACE", b"QUERY", b"get", b"BREW"])
def test_every_method_is_held_and_drained(method):
    """Fault 9: what it did not know was carried unread, past a hold."""

    @scene
    async def play(stage):
        await stage.hold(1)
        reader, writer = await stage.probe()
        writer.write(method + b" /api/version HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.3)
        assert stage.service.requests == 0
        await stage.release()
        await reply(reader)

    play()


@scene
async def test_the_control_is_a_file_of_the_doors_own(stage):
    """Fault 10: its name was an abstract one, which a service taken over could take first."""
    control = Path(stage.door["runtime"]) / "master.sock"
    assert control.is_socket()
    assert oct(control.stat().st_mode & 0o777) == "0o600"
    assert not any("@" in line and "llamakeep" in line for line in Path("/proc/net/unix").read_text().splitlines())
    assert door_control.Door("door", stage.folder).master == control


@scene
async def test_a_head_that_is_too_long_is_answered(stage):
    reader, writer = await stage.probe()
    writer.write(GET[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n")
    assert b" 400 " in (await reply(reader))[0]
    assert stage.service.requests == 0


@scene
async def test_a_long_head_passes(stage):
    reader, writer = await stage.probe()
    writer.write(GET[:-2] + b"Cookie: " + b"x" * 30_000 + b"\r\n\r\n")
    assert (await reply(reader))[1] == b"ok"


@scene
async def test_who_asks_twice_at_once_and_hangs_up_is_reported_inside(stage):
    _, writer = await stage.probe()
    writer.write(SLOW + GET)
    await until(lambda: stage.service.requests)
    writer.close()
    await stage.service.hung_up.wait()


OTHER = "127.0.0.1"


def own_address():
    """Return an address of this machine that is not loopback; whoever comes from there is not this host on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))  # nothing is sent
        return line.getsockname()[0]


async def served(stage, source):
    """Say whether a client from an address gets an answer."""
    try:
        reader, writer = await asyncio.open_connection(OTHER, stage.port, local_addr=(source, 0))
        writer.write(GET)
        return (await asyncio.wait_for(reply(reader), 5))[1] == b"ok"
    except (ConnectionError, asyncio.IncompleteReadError):
        return False


@scene
async def test_this_host_comes_in_and_nobody_else(stage):
    assert await served(stage, "127.0.0.9")
    assert not await served(stage, own_address())
    assert stage.service.requests == 1


@scene(allowed=[own_address(), "2001:db8::/64"], max_connections=64)
async def test_whom_the_list_names_comes_in_and_takes_a_share_at_most(stage):
    clients = [await asyncio.open_connection(OTHER, stage.port, local_addr=(own_address(), 0)) for _ in range(16)]
    assert not await served(stage, own_address())
    assert await served(stage, "127.0.0.1")
    clients[0][1].close()
    await asyncio.sleep(0.2)
    assert await served(stage, own_address())


@scene
async def test_a_host_comes_in_by_its_own_address(stage):
    stage.door["listens"] = [{"endpoint": f"{own_address()}:{stage.port}", "tls": False}, *stage.door["listens"]]
    stage.write()
    await stage.reload()
    reader, writer = await asyncio.open_connection(own_address(), stage.port, local_addr=(own_address(), 0))
    writer.write(GET)
    assert (await reply(reader))[1] == b"ok"
    assert not await served(stage, own_address())
