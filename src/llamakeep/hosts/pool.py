"""Many hosts at once: threads, each with an ssh of its own, which end when whoever asked is interrupted."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

from llamakeep.hosts import conversation
from llamakeep.hosts.descriptors import at_once

_NUMBERS = count(1)
_ENDING = 5.0  # seconds


@contextmanager
def pool(most: int) -> Iterator[ThreadPoolExecutor]:
    """Have so many threads at the most while the block runs; on Ctrl-C nobody else is called, and every ssh ends."""
    name = f"hosts-{next(_NUMBERS)}_"
    threads = ThreadPoolExecutor(at_once(max(1, most)), thread_name_prefix=name)
    try:
        yield threads
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        _end(name)
        raise
    threads.shutdown()


def _end(name: str) -> None:
    """End what each thread waits for, also what one was about to start."""
    deadline = time.monotonic() + _ENDING
    while any(one.name.startswith(name) for one in threading.enumerate()) and time.monotonic() < deadline:
        conversation.end_all()
        time.sleep(0.1)
