"""Whose turn it is at a jump host: its sshd begins to turn away who comes at ten at a time (MaxStartups)."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

_AT_ONCE = 8
_ASKED = 16  # hosts of a fleet whose way is looked at in any case: a look takes as long as half a login


def jump_of(config: Mapping[str, str]) -> str:
    """Return what leads to a host in place of the network, as `ssh -G` says it; empty: nothing does."""
    return next((config[name] for name in ("proxyjump", "proxycommand") if config.get(name, "none") != "none"), "")


class Turns:
    """The queues at all jump hosts of a fleet."""

    def __init__(self) -> None:
        """Begin with nobody waiting, and without knowing whether there are any jump hosts."""
        self._queues: defaultdict[str, threading.BoundedSemaphore] = defaultdict(
            lambda: threading.BoundedSemaphore(_AT_ONCE)
        )
        self._lock = threading.Lock()
        self._asked = 0
        self._has_jumps = False

    def is_worth_asking(self) -> bool:
        """Whether a host may be behind a jump host, as far as the ways to others tell."""
        with self._lock:
            self._asked += 1
            return self._has_jumps or self._asked <= _ASKED

    @contextmanager
    def at(self, config: Callable[[], Mapping[str, str]]) -> Iterator[float]:
        """Hold a turn while the block logs in, where `config` (of `ssh -G`) leads over a jump host.

        Gives the seconds that it was waited for.
        """
        jump = jump_of(config())
        if not jump:
            yield 0.0
            return
        with self._lock:
            self._has_jumps = True
            queue = self._queues[jump]
        began = time.monotonic()
        with queue:
            yield time.monotonic() - began
