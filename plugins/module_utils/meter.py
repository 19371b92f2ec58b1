"""How far a long module is, for whoever watches the host."""

from __future__ import annotations

import fcntl
import json
import os
import select
import sys
import threading
import time
from collections import deque
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

FOLDER = "/run/llamakeep"
_RECORD = 1024  # bytes: the file keeps one length, so that it can be rewritten in one go
_TICK = 1.0  # seconds
_WINDOW = 5  # ticks over which the rate is taken
_PATIENCE = 10.0  # seconds for which another run may still be ending


class Meter:
    """Writes `/run/llamakeep/<stage>.json` once a second, and is the lock against a second run of the stage.

    >>> {"job": "…", "stage": "models", "what": "mistral:7b", "done": 1 << 30, "total": 1 << 32,
    ...  "rate": 222298112, "source": "http://registry1:5000"}  # bytes, and bytes per second

    The file stays open, so that it can be written after the module has given its rights away.
    """

    def __init__(self, stage: str, job: str = "") -> None:
        """Take the stage, and the token by which the watcher knows that it is this run's file."""
        self._path = os.path.join(FOLDER, f"{stage}.json")
        self._state: dict[str, Any] = {"job": job, "stage": stage, "what": "", "source": ""}
        self._state.update(done=0, total=0, rate=0)
        self._change = threading.Lock()
        self._samples: deque[tuple[float, int]] = deque(maxlen=_WINDOW + 1)
        self._file = -1
        self._over = threading.Event()
        self._left_alone = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Meter:
        if os.geteuid() == 0:
            self._file = _open_alone(self._path)
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._over.set()
        self._thread.join()
        if self._file >= 0:
            os.unlink(self._path)
            os.close(self._file)

    def begin(self, total: int) -> None:
        """Begin a piece of work of so many bytes."""
        with self._change:
            self._state.update(done=0, total=total, rate=0)
            self._samples.clear()

    def at(self, what: str, source: str = "") -> None:
        """Say what is being worked at, and where it comes from."""
        with self._change:
            self._state.update(what=what, source=source)

    def add(self, count: int) -> None:
        """Count bytes that are done (or, below zero, that have to be done again)."""
        with self._change:
            self._state["done"] += count

    def is_left_alone(self) -> bool:
        """Whether the one who started this has gone: an interrupted run is not carried on behind his back."""
        return self._left_alone.is_set()

    def _tick(self) -> None:
        while True:
            self._write()
            if _nobody_reads_stdout():
                self._left_alone.set()
            if self._over.wait(_TICK):
                return

    def _write(self) -> None:
        with self._change:
            self._samples.append((time.monotonic(), self._state["done"]))
            seconds = self._samples[-1][0] - self._samples[0][0]
            count = self._samples[-1][1] - self._samples[0][1]
            self._state["rate"] = max(0, int(count / seconds)) if seconds else 0
            text = json.dumps(self._state)
        if self._file >= 0:
            os.pwrite(self._file, text.encode().ljust(_RECORD), 0)


def _open_alone(path: str) -> int:
    """Return the open file, which no other run holds, or refuse."""
    os.makedirs(FOLDER, mode=0o755, exist_ok=True)
    until = time.monotonic() + _PATIENCE
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The last run may have unlinked the file between our open and our lock.
            if os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(file)):
                os.ftruncate(file, 0)
                return file
        except BlockingIOError as error:
            if time.monotonic() > until:
                os.close(file)
                raise Refusal(
                    path,
                    "another run is doing the same on this host",
                    id="another-run-in-progress",
                    expected="one run at a time",
                    remedy=f"let it end; `fuser {path}` names its process",
                ) from error
            time.sleep(0.5)
        os.close(file)


def _nobody_reads_stdout() -> bool:
    try:
        poll = select.poll()
        stdout: Any = sys.__stdout__
        poll.register(stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _file, event in poll.poll(0))
    except (OSError, ValueError, AttributeError):
        return False
