"""Many clients at once, each of which asks for one streamed answer after another: `python -m … <load.json`.

A program of its own, so that what it costs can be told from what it measures: one thread, one epoll, no library
between it and the bytes. It prints an `Outcome` as JSON. All times are seconds of CLOCK_MONOTONIC, which every process
of a machine shares.
"""

import json
import random
import select
import socket
import ssl
import sys
import time
from pathlib import Path

from llamakeep.record import Record

_PIECE, _END, _LINE_END = b'"done":f', b'"done":t', b"0\r\n\r\n"
_HEAD_END = b"\r\n\r\n"
_SILENCE = 60  # seconds after which a client gives an answer up
_TICK = 0.05


class Load(Record):
    """What is to be asked, of whom, by how many."""

    address: str
    port: int
    name: str = ""  # of the server in TLS; "": plain
    root: Path | None = None  # the certificate that is trusted
    certificate: Path | None = None  # what is shown, with its key
    key: str = ""
    model: str
    streams: int
    seconds: float
    ramp: float = 1.0  # seconds over which the clients begin
    pace: float = 20  # tokens per second of one answer; 0: as fast as the host goes
    lengths: tuple[int, int] = (40, 80)  # tokens of an answer: at least and at most


class Answer(Record):
    """One request: when it was sent, when its first token and its end came, and what was wrong with it."""

    sent: float
    first: float = 0.0
    ended: float = 0.0
    tokens: int = 0
    fault: str = ""


class Outcome(Record):
    """What all clients saw. `tokens` are those of the time in which all of them asked, `seconds` long."""

    answers: tuple[Answer, ...]
    connects: tuple[float, ...]  # seconds until a new connection could be used
    tokens: int
    seconds: float
    wall: float  # from the first client to the last answer
    cpu: float  # seconds of this program
    late: float  # seconds: the longest that it did not look at its connections


class Client:
    """One client on one connection."""

    def __init__(self, crowd: "Crowd", seed: int) -> None:
        self._crowd, self._random = crowd, random.Random(seed)  # noqa: S311 - lengths of answers
        self.plug: socket.socket | None = None
        self._left = b""
        self._wanted = self._tokens = 0
        self._first = 0.0
        self._over = False
        self.heard = self._sent = 0.0
        self.asking = False

    def ask(self) -> None:
        """Ask for another answer."""
        load, self.asking = self._crowd.load, True
        self._wanted = self._random.randint(*load.lengths)
        self._left, self._tokens, self._first, self._over = b"", 0, 0.0, False
        body = json.dumps(
            {
                "model": load.model,
                "messages": [{"role": "user", "content": "Say something."}],
                "options": {"num_predict": self._wanted, "tokens_per_second": load.pace},
            }
        ).encode()
        key = f"Authorization: Bearer {load.key}\r\n" if load.key else ""
        host = load.name or f"{load.address}:{load.port}"
        head = f"POST /api/chat HTTP/1.1\r\nHost: {host}\r\n{key}Content-Length: {len(body)}\r\n\r\n"
        self.heard = self._sent = time.monotonic()
        try:
            if self.plug is None:
                self.plug = self._crowd.connect(self)
                self.heard = self._sent = time.monotonic()
            self.plug.sendall(head.encode() + body)
        except OSError as error:
            self.end(f"not sent: {error}")

    def read(self) -> None:
        """Take what has come."""
        try:
            while self.plug is not None:
                data = self.plug.recv(65536)
                self.heard = time.monotonic()
                if not data:
                    self.end("broken off")
                    return
                self._take(data)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError as error:
            self.end(f"broken off: {error}")

    def _take(self, data: bytes) -> None:
        text = self._left + data
        if not self._first:
            if not text.startswith(b"HTTP/1.1 200"):
                self.end(f"answered {text[9:12].decode()}: {text.partition(_HEAD_END)[2][:200].decode()}")
                return
            if _PIECE not in text:
                self._left = text
                return
            self._first = self.heard
        found = text.count(_PIECE)
        self._tokens += found
        self._crowd.count(found, self.heard)
        self._over = self._over or _END in text
        if self._over and text.endswith(_LINE_END):
            self.end("" if self._tokens == self._wanted else f"{self._tokens} of {self._wanted} tokens")
            return
        self._left = text[-(len(_PIECE) - 1) :]

    def end(self, fault: str) -> None:
        """Note how it ended, and go on with the next."""
        now, self.asking = time.monotonic(), False
        self._crowd.note(Answer(sent=self._sent, first=self._first, ended=now, tokens=self._tokens, fault=fault))
        if fault and self.plug is not None:
            self._crowd.drop(self.plug)
            self.plug = None
        self._crowd.next(self, after=0.2 if fault else 0.0)


class Crowd:
    """All clients, and the one loop in which they live."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self._epoll = select.epoll()
        self._by: dict[int, Client] = {}
        self._waiting: list[tuple[float, Client]] = []
        self._answers: list[Answer] = []
        self._connects: list[float] = []
        self._under_way = self._tokens = 0
        self._began = self._looked = time.monotonic()
        self._context = ssl.create_default_context(cafile=load.root) if load.name else None
        if self._context is not None and load.certificate is not None:
            self._context.load_cert_chain(load.certificate)

    @property
    def _full(self) -> float:
        return self._began + 2 * self.load.ramp

    @property
    def _end(self) -> float:
        return self._began + 2 * self.load.ramp + self.load.seconds

    def connect(self, client: Client) -> socket.socket:
        """Return a connection, counted until it can be used."""
        began = time.monotonic()
        plug = socket.create_connection((self.load.address, self.load.port), timeout=10)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            plug = self._context.wrap_socket(plug, server_hostname=self.load.name)
        self._connects.append(time.monotonic() - began)
        plug.setblocking(False)
        self._by[plug.fileno()] = client
        self._epoll.register(plug.fileno(), select.EPOLLIN)
        return plug

    def drop(self, plug: socket.socket) -> None:
        """Close a connection."""
        self._epoll.unregister(plug.fileno())
        del self._by[plug.fileno()]
        plug.close()

    def count(self, tokens: int, now: float) -> None:
        """Count tokens of the time in which everybody asks."""
        if self._full <= now < self._end:
            self._tokens += tokens

    def note(self, answer: Answer) -> None:
        """Keep what became of one request."""
        self._answers.append(answer)
        self._under_way -= 1

    def next(self, client: Client, after: float) -> None:
        """Let a client ask again, as long as there is time."""
        self._waiting.append((time.monotonic() + after, client))

    def run(self) -> Outcome:
        """Let everybody ask until the time is over and the last answer is here."""
        step = self.load.ramp / self.load.streams
        self._waiting = [(self._began + n * step, Client(self, n)) for n in range(self.load.streams)]
        late, cpu = 0.0, time.process_time()
        while (now := time.monotonic()) < self._end or self._under_way:
            self._let_ask(now)
            self._give_up(now)
            late = max(late, time.monotonic() - now)
            ready = self._epoll.poll(self._pause())
            now = time.monotonic()
            for number, _ in ready:
                if number in self._by:
                    self._by[number].read()
            late = max(late, time.monotonic() - now)
        return Outcome(
            answers=tuple(self._answers),
            connects=tuple(self._connects),
            tokens=self._tokens,
            seconds=self.load.seconds,
            wall=time.monotonic() - self._began,
            cpu=time.process_time() - cpu,
            late=late,
        )

    def _pause(self) -> float:
        first = min((at for at, _ in self._waiting), default=0.0)
        return min(max(first - time.monotonic(), 0.0), _TICK) if first else _TICK

    def _let_ask(self, now: float) -> None:
        if now >= self._end:
            self._waiting = []
        due = [client for at, client in self._waiting if at <= now]
        self._waiting = [(at, client) for at, client in self._waiting if at > now]
        for client in due:
            self._under_way += 1
            client.ask()

    def _give_up(self, now: float) -> None:
        if now < self._looked + 1:
            return
        self._looked = now
        for client in list(self._by.values()):
            if client.asking and now - client.heard > _SILENCE:
                client.end(f"silent for {_SILENCE} s")


def main() -> None:
    """Ask, and print what came."""
    load = Load.model_validate_json(sys.stdin.read())
    print(Crowd(load).run().model_dump_json())  # noqa: T201 - what was asked for


if __name__ == "__main__":
    main()
