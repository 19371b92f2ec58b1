"""A service, its door and clients: HAProxy as on a host, with the configuration that the template makes."""

import asyncio
import contextlib
import functools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import door_control
import jinja2
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import doors

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
GET = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"  # to the key of RFC 6455's example
LIMIT = 60  # seconds that one play may take


def render(template, door):
    """Return a template of doors as the action renders it."""
    files = jinja2.FileSystemLoader(TEMPLATES)
    manner = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    world = jinja2.Environment(loader=files, undefined=jinja2.StrictUndefined, **manner)  # noqa: S701
    world.filters["to_json"] = json.dumps
    return world.get_template(template).render(door=door)


def program():
    """Return the command that runs HAProxy: this machine's, or the one that a test run names."""
    return shlex.split(os.environ.get("LLAMAKEEP_TEST_HAPROXY", "/usr/sbin/haproxy"))


@functools.cache
def version():
    """Return the version of that HAProxy: (2, 6)."""
    said = subprocess.run([*program(), "-v"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", said).groups()))


class Service:
    """A server whose answers a test decides, and which can go away and come back on the same port."""

    def __init__(self):
        self.port = 0
        self.connections = 0
        self.requests = 0
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
                self.requests += 1
                await self.answer(head, reader, writer)
                if b"connection: close" in head.lower():
                    break
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
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + ACCEPT)
            writer.write(await reader.readexactly(4))
        elif head.startswith(b"POST /early"):  # as uvicorn does: what still comes is read, and dropped
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
            await read_body(head, reader, writer)
        elif head.startswith(b"POST /last"):  # as Go does: it says that it closes, and gives the answer time to arrive
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            writer.write_eof()
            await asyncio.sleep(0.5)
            raise ConnectionError
        elif head.startswith(b"POST"):
            body = await read_body(head, reader, writer)
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            path = head.split()[1]
            body = path if path.startswith(b"/echo/") else b"ok"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def read_body(head, reader, writer):
    if b"100-continue" in head:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await rest(head, reader)


async def rest(head, reader):
    """Return the body that follows a head."""
    if b"chunked" in head.lower():
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return body
    return await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as line:
        return line.getsockname()[1]


class Scene:
    """A service, a door in front of it, and clients who connect."""

    def __init__(self, edit=lambda text: text, allowed=(), **door):
        self.edit = edit
        self.allowed = allowed
        self.wanted = door

    async def __aenter__(self):
        self.service = Service()
        await self.service.start()
        self.kept = tempfile.TemporaryDirectory()
        self.folder = Path(self.kept.name)
        self.port = free_port()
        self.door = self.expanded()
        (self.folder / "door").mkdir()
        self.write()
        self.start()
        await self.up()
        return self

    def expanded(self):
        place = {name: str(self.folder / name) for name in ("allowlist", "configuration")}
        place |= {"runtime": str(self.folder / "door"), "state": str(self.folder / "door.state")}
        asked = {"name": "door", "into": "x.service", "port": self.port, "upstream": self.service.port}
        return {**doors.expand({**asked, "at": ["127.0.0.1"], "allowed_clients": self.allowed}), **place, **self.wanted}

    def write(self):
        (self.folder / "allowlist").write_text(render("door.allowlist.j2", self.door))
        (self.folder / "configuration").write_text(self.edit(render("door.cfg.j2", self.door)))

    def start(self):
        unit = render("door.service.j2", self.door)
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].replace(" -Ws ", " -W ").split()
        self.said = (self.folder / "said").open("a")
        self.process = subprocess.Popen([*program(), *command[1:]], stdout=self.said, stderr=self.said)
        self.control = door_control.Door("door", self.folder)

    async def up(self):
        for _ in range(200):
            with contextlib.suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
                await asyncio.to_thread(self.control.workers)
                return
            await asyncio.sleep(0.02)
        raise RuntimeError((self.folder / "said").read_text())

    async def __aexit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(5)
        self.said.close()
        await self.service.stop()
        self.kept.cleanup()

    async def probe(self):
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    async def crowd(self, count):
        """Return clients who have all asked."""
        clients = [await self.probe() for _ in range(count)]
        for _, writer in clients:
            writer.write(GET)
        return clients

    async def hold(self, seconds):
        return await asyncio.to_thread(door_control.hold, self.control, seconds)

    async def release(self):
        return await asyncio.to_thread(door_control.release, self.control)

    async def reload(self):
        return await asyncio.to_thread(door_control.reload, self.control)

    async def leave(self):
        return await asyncio.to_thread(door_control.leave, self.control)


async def until(happened):
    """Wait for something to be so; fail where it is not within five seconds."""
    for _ in range(500):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def reply(reader):
    """Read one answer: its head, and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await rest(head, reader)


def scene(play=None, **door):
    """Make a coroutine over a scene a test that ends in time."""
    if play is None:
        return lambda play: scene(play, **door)

    def test():
        async def run():
            async with Scene(**door) as stage:
                await asyncio.wait_for(play(stage), timeout=LIMIT)

        asyncio.run(run())

    test.__name__ = play.__name__
    return test
