#!/usr/bin/env python3
"""As many clients as a door has places for, each with half a request in it: `crowd.py PORT COUNT BYTES SECONDS`."""

import contextlib
import resource
import socket
import sys
import time


def main(port: int, count: int, size: int, seconds: float) -> None:
    """Connect, begin, and stay; print how many connections stood."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 64, count + 64))
    lines = []
    for _ in range(count):
        line = socket.socket()
        line.settimeout(2)
        with contextlib.suppress(OSError):
            line.connect(("127.0.0.1", port))
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Filler: " + b"x" * size)
            lines.append(line)
    time.sleep(seconds)
    print(len(lines))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
