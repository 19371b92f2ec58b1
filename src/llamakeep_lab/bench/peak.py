"""The most that a command and its children held at one moment, seen from outside ten times a second."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_EVERY = 0.1  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Held:
    """Memory of all processes together; descriptors and threads of the one that had most."""

    memory: int = 0  # bytes
    descriptors: int = 0
    threads: int = 0

    def most(self, other: "Held") -> "Held":
        """Return the larger of each."""
        return Held(
            max(self.memory, other.memory),
            max(self.descriptors, other.descriptors),
            max(self.threads, other.threads),
        )


NOTHING = Held()


class Watch:
    """Watches a process while the block runs; `peak` is what was seen."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = NOTHING

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            found = [_held(pid) for pid in _tree(self._pid)]
            most = NOTHING
            for one in found:
                most = most.most(one)
            memory = sum(one.memory for one in found)
            self.peak = self.peak.most(Held(memory, most.descriptors, most.threads))


def _tree(pid: int) -> Iterator[int]:
    """Return a process and all that descend from it."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _held(pid: int) -> Held:
    """Return what one process holds now; nothing where it has just ended."""
    try:
        memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        return Held(memory, len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")))  # noqa: PTH208
    except OSError:
        return NOTHING
