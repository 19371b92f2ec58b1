"""What labs keep on this machine between runs, and the locks that keep two runs apart."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def folder(*parts: str) -> Path:
    """Return a folder below `~/.cache/llamakeep`, made if it is missing."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    path = root.joinpath("llamakeep", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def alone(what: str, say: Callable[[str], None]) -> Iterator[IO[str]]:
    """Let one run at a time do `what` on this machine; the kernel drops the lock of a killed run."""
    with (folder("locks") / what).open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that is at {what}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
