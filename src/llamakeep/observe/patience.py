"""How long a host is waited for, and when it is its turn; only the worker process imports this.

Key exchange and login cost our own processor some milliseconds per host. A thousand at once would outlast the
limit of each of them, so they take turns, and the clock of a host stands still while it waits for its own. What
costs nothing takes no turn: waiting for a host that may not be there, and for the answer of one that was asked.
"""

import socket
import time
from types import TracebackType
from typing import Any, Self

import gevent
from gevent.lock import BoundedSemaphore
from gevent.socket import wait_read
from paramiko import Transport


class Patience:
    """The time limit on getting into one host, and its place in the queue."""

    def __init__(self, seconds: float, turns: BoundedSemaphore) -> None:
        self._seconds, self._turns = seconds, turns
        self.jump: BoundedSemaphore | None = None  # the queue at the jump host that leads to it
        self._held: list[BoundedSemaphore] = []
        self._timer = gevent.Timeout(seconds)
        self.queued = 0.0  # seconds for which it was not its turn

    def __enter__(self) -> Self:
        """Begin to wait: gevent.Timeout is raised when it was long enough."""
        if self.jump is not None:
            self._queue(self.jump)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next host in."""
        self._timer.close()
        for place in self._held:
            place.release()

    def transport(self, sock: Any, **options: Any) -> Transport:
        """Return paramiko's transport over a connection that stands, when the host has spoken and it is its turn."""
        if isinstance(sock, socket.socket):
            wait_read(sock.fileno())
        self._timer.close()
        self._queue(self._turns)
        self._timer = gevent.Timeout.start_new(self._seconds)
        transport = Transport(sock, **options)
        # A cipher that checks its own text: paramiko compares the sums of the others byte by byte, in Python.
        security = transport.get_security_options()
        security.ciphers = sorted(security.ciphers, key=lambda cipher: "gcm" not in cipher)
        return transport

    def _queue(self, place: BoundedSemaphore) -> None:
        began = time.monotonic()
        place.acquire()
        self._held.append(place)
        self.queued += time.monotonic() - began
