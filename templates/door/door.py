"""Every connection that passes, and whether new requests may."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from allowlist import Allowlist
from message import Body, Head, refusal
from side import PIECE, Overlong, Side

RESERVE = 30  # seconds that a hold outlives its wait, should nobody release it
SWITCHING = 101  # the status after which a connection speaks something else
LINGER = 1  # seconds that a kept connection rests unused before a door that leaves ends it
BEGUN = 30  # seconds in which a head that began must end
STALLED = 60  # seconds that a request's body may make no progress; an answer takes as long as it likes
RESET = struct.pack("ii", 1, 0)  # one who is not let in is told so at once
ALIVE = {  # a client that vanished without a word is let go after two minutes
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 60,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 15,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 4,
}


class Door:
    """Carries clients to the service at (host, port), request by request."""

    def __init__(self, to: tuple[str, int], allowlist: Allowlist, connections: int, patience: float) -> None:
        self.to = to
        self.allowlist = allowlist
        self.patience = patience  # seconds that a request waits for a service that is away
        self.connections = connections
        self.listeners: list[socket.socket] = []
        self.open = asyncio.Event()
        self.open.set()
        self.reserve: asyncio.TimerHandle | None = None
        self.asking = asyncio.Lock()
        self.leaving = asyncio.Event()
        self.under_way = 0
        self.open_connections: set[asyncio.Task[None]] = set()

    async def hold(self, within: float) -> int:
        """Let no new request pass; return how many are still under way once none is, or after so many seconds."""
        loop = asyncio.get_running_loop()
        self.release()
        self.open.clear()
        self.reserve = loop.call_later(within + RESERVE, self.open.set)
        until = loop.time() + within
        while self.under_way and loop.time() < until:
            await asyncio.sleep(0.01)
        return self.under_way

    def release(self) -> None:
        """Let in what waits."""
        if self.reserve:
            self.reserve.cancel()
        self.open.set()

    async def leave(self) -> None:
        """See every client out."""
        self.leaving.set()
        self.turn_away()
        self.release()
        while self.open_connections:
            await asyncio.wait(set(self.open_connections))

    def admit(self, listeners: list[socket.socket]) -> None:
        """Take in whoever connects while there is room; the others wait outside."""
        self.listeners = listeners
        for listener in listeners:
            asyncio.get_running_loop().add_reader(listener, self.accept, listener)

    def turn_away(self) -> None:
        """Take in nobody; new connections wait outside."""
        for listener in self.listeners:
            asyncio.get_running_loop().remove_reader(listener)

    def accept(self, listener: socket.socket) -> None:
        try:
            accepted, _ = listener.accept()
        except OSError:  # it hung up again, or this process has too many files open
            return None
        if not self.allowlist.allows(accepted):
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return accepted.close()
        connection = asyncio.ensure_future(self.serve(accepted))
        self.open_connections.add(connection)
        connection.add_done_callback(self.ended)
        if len(self.open_connections) >= self.connections:
            self.turn_away()
        return None

    def ended(self, connection: asyncio.Task[None]) -> None:
        self.open_connections.discard(connection)
        if len(self.open_connections) == self.connections - 1 and not self.leaving.is_set():
            self.admit(self.listeners)

    async def serve(self, accepted: socket.socket) -> None:
        """See one client through."""
        sides: list[Side] = []
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for (level, option), value in ALIVE.items():
                accepted.setsockopt(level, option, value)
            sides.append(await Side.of(accepted))
            while await self.round(sides):
                pass
        except (OSError, ValueError, IndexError):
            return  # hung up, stalled, or spoke no HTTP where HTTP was due: both sides are let go
        finally:
            for side in sides:
                side.close()

    async def round(self, sides: list[Side]) -> bool:
        """Carry one request and its answer; say whether the client stays."""
        client = sides[0]
        try:
            head = await self.next_head(client)
        except Overlong:
            error = f"the request's head is longer than {PIECE // 1024} KiB"
            await client.dismiss(refusal("431 Request Header Fields Too Large", error))
            return False
        if (head is None and not client.held) or not await self.within(head, sides):
            return False
        inner = sides[1]
        if head is None or not head.is_request:
            client.held = (head.raw if head else b"") + client.held
            await self.tunnel(client, inner)
            return False
        self.under_way += 1
        try:
            last = await self.exchange(head, client, inner)
        finally:
            self.under_way -= 1
        if last and last.status == SWITCHING:
            await self.tunnel(client, inner)
            return False
        return last is not None

    async def next_head(self, client: Side) -> Head | None:
        """Return the next request's head; None once the client left. A door that leaves waits for none."""
        asked = asyncio.ensure_future(client.head(BEGUN))
        leaves = asyncio.ensure_future(self.leaving.wait())
        try:
            await asyncio.wait({asked, leaves}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({asked}, timeout=LINGER)  # a request may be on its way already
            if not asked.done():
                raise ConnectionAbortedError
            return asked.result()
        finally:
            asked.cancel()
            leaves.cancel()

    async def within(self, head: Head | None, sides: list[Side]) -> bool:
        """Reach the service within the time that the request itself gives it, or without such a limit."""
        wait = head.wait if head and head.is_request else None
        if wait is None:
            return await self.reach(sides)
        try:
            return await asyncio.wait_for(self.reach(sides), wait)
        except asyncio.TimeoutError:
            error = f"the service does not answer; it was waited for {wait} s, as was asked for"
            await sides[0].dismiss(refusal("503 Service Unavailable", error, "Retry-After: 5"))
            return False

    async def reach(self, sides: list[Side]) -> bool:
        """Have a connection to the service as the second side, once requests may pass; False: it stayed away."""
        while True:
            await self.open.wait()
            if sides[1:] and sides[1].ended:
                sides.pop().close()
            if not sides[1:]:
                inner = await self.connect()
                if inner is None:
                    error = f"the service does not answer; it was waited for {self.patience:.0f} s"
                    await sides[0].dismiss(refusal("503 Service Unavailable", error, "Retry-After: 5"))
                    return False
                sides.append(inner)
            if self.open.is_set():
                return True

    async def connect(self) -> Side | None:
        """Return a new connection to the service, waiting for it while it is away; None: in vain."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        async with self.asking:  # one asks for all, or thousands would probe twenty times a second
            while True:
                try:
                    return await Side.to(*self.to)
                except OSError:
                    if loop.time() > until:
                        return None
                    await asyncio.sleep(0.05)

    async def exchange(self, head: Head, client: Side, inner: Side) -> Head | None:
        """Carry one request in and its answer out; return that one's head, None where the connection ends with it."""
        body = Body.of_request(head)
        asking = asyncio.ensure_future(ask(head, body, client, inner))
        try:
            last = await self.answer(head, client, inner)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        if last and last.status != SWITCHING and (head.ends_connection or last.ends_connection or not body.done):
            return None
        return last

    async def answer(self, asked: Head, client: Side, inner: Side) -> Head | None:
        """Carry an answer out, with all that goes before it; return its head, None where the connection ends."""
        while True:
            head = await inner.head()
            if head is None:
                await client.write(inner.held)
                return None
            final = head.status >= 200
            leaving = final and self.leaving.is_set()
            await client.write(head.closing() if leaving else head.raw)
            if final or head.status == SWITCHING:
                break
        body = Body.of_answer(head, asked)
        await inner.pass_on(client, body)
        return head if body.done and not leaving else None

    async def tunnel(self, client: Side, inner: Side) -> None:
        """Carry bytes both ways, unread, until both sides are done or this door leaves."""
        ways = asyncio.gather(carry(client, inner), carry(inner, client), return_exceptions=True)
        leaves = asyncio.ensure_future(self.leaving.wait())
        either: set[asyncio.Future[Any]] = {ways, leaves}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaves.cancel()
            ways.cancel()


async def ask(head: Head, body: Body, client: Side, inner: Side) -> None:
    """Carry a request in; then pass on that the client hung up, should it."""
    try:
        await inner.write(head.raw)
        await client.pass_on(inner, body, STALLED)
        while len(client.held) < PIECE:  # what it asks next already is kept; beyond that, it waits outside
            if not await client.more():
                return inner.hang_up()
    except (OSError, ValueError):
        inner.close()  # the client hung up in the middle, stalled, or its chunks cannot be counted


async def carry(one: Side, other: Side) -> None:
    try:
        await one.pass_on(other, Body())
    finally:
        other.hang_up()
