"""Many users who chat at once, in a program of their own, while something happens to the hosts."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from llamakeep_lab.bench.streams import Load, Outcome
from llamakeep_lab.gateway import Front

SLACK = 90  # seconds: the longest that the last answer may take


class Crowd:
    """What they saw, once they are done."""

    outcome: Outcome


@contextmanager
def chatting(front: Front, key: str, model: str, users: int, seconds: float) -> Iterator[Crowd]:
    """Let them chat while the block runs, and to their end."""
    load = Load(
        address=front.gateway.address4,
        port=front.port,
        name=front.api,
        root=front.root,
        key=key,
        model=model,
        streams=users,
        seconds=seconds,
        lengths=(20, 60),
    )
    command = [sys.executable, "-m", "llamakeep_lab.bench.streams"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    crowd = Crowd()
    try:
        assert process.stdin is not None
        process.stdin.write(load.model_dump_json().encode())
        process.stdin.close()
        process.stdin = None
        yield crowd
        out, err = process.communicate(timeout=seconds + SLACK)
        assert process.returncode == 0, err.decode()
        crowd.outcome = Outcome.model_validate_json(out)
    finally:
        process.kill()
        process.wait()
