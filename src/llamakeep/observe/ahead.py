"""The process that looks at hosts: it may be started before anybody knows at which ones.

What it imports takes it some two seconds, in which Ansible may as well read the inventory.
"""

import subprocess
import sys
import tempfile
from typing import IO, NamedTuple

_COMMAND = [sys.executable, "-P", "-m", "llamakeep.observe.worker"]


class Worker(NamedTuple):
    """The process, and a file with what it says on stderr; it ends where nobody asks it anything."""

    process: "subprocess.Popen[str]"
    complaint: IO[bytes]


_WAITING: list[Worker] = []


def start() -> None:
    """Start one that waits to be asked; when this process ends, or another is started, it ends, too."""
    while _WAITING:
        process, complaint = _WAITING.pop()
        with complaint, process:
            process.kill()
    _WAITING.append(_started())


def taken() -> Worker:
    """Return the one that waits, else a new one."""
    return _WAITING.pop() if _WAITING else _started()


def _started() -> Worker:
    complaint = tempfile.TemporaryFile()  # noqa: SIM115 - it is read when the process has ended
    process = subprocess.Popen(
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaint, text=True, encoding="utf-8"
    )
    return Worker(process, complaint)
