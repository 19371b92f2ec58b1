#!/usr/bin/python3 -IS
"""Tells an open door what to do; it listens to root alone.

  door-control hold NAME SECONDS    let no new request in; return when none is under way, or after so long
  door-control release NAME         let in what waits
  door-control reload NAME          have it take up its files anew, and nobody notice
  door-control leave NAME           see everybody out, before the door is closed

A door is an HAProxy: a master process, one that serves, and after a reload those before it, which finish their answers.
Each has the same backends, with two servers in each: the service, and `hold`, at which requests wait while it is away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DOORS = Path("/run/llamakeep-doors")
GRACE = 10  # seconds that a door has to answer
BEGINS = 3  # seconds that a process has to begin
SEE_OUT = 60  # seconds that requests under way have when a door leaves
RESTING = 1  # seconds after which nobody is on his way any more
PAUSE = 0.02  # seconds between two looks
WORKER = re.compile(r"^(\d+)\s+worker\s", re.MULTILINE)
FAILED = re.compile(r"\[failed: (\d+)\]")
HELD = re.compile(r"^\d+ \S+ \d+ service \S+ \d+ [^0]", re.MULTILINE)  # of a server's line, its administrative state
TUNNEL = "tunnel"  # the backend of what has no end to wait for


class Door:
    """One door, and the socket of its master process."""

    def __init__(self, name: str, folder: Path) -> None:
        self.master = folder / name / "master.sock"
        self.state = folder / f"{name}.state"
        self.turn = folder / f"{name}.lock"
        self.begins = BEGINS

    def ask(self, command: str) -> str:
        """Return what the master answers; OSError where no door is open, or it does not answer in time."""
        until = time.monotonic() + self.begins
        while True:
            try:
                return self.ask_once(command)
            except ConnectionError:  # one that begins, or begins anew, hears nobody for a moment
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)

    def ask_once(self, command: str) -> str:
        """Return what the master answers; ConnectionError where it begins just now."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(GRACE)
            line.connect(str(self.master))
            line.sendall(command.encode() + b"\n")
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()

    def workers(self) -> list[str]:
        """Return the numbers of the processes that serve, the newest first."""
        return WORKER.findall(self.ask("show proc"))

    def tell(self, worker: str, *commands: str) -> str:
        """Return what one process answers."""
        return self.ask("; ".join(f"@!{worker} {command}" for command in commands))

    def counts(self, worker: str) -> dict[tuple[str, str], int]:
        """Return how many requests one process has, by backend and server: {("patient", "service"): 2, …}.

        Empty: it has ended.
        """
        until = time.monotonic() + BEGINS
        while time.monotonic() < until:
            rows = [row.split(",") for row in self.tell(worker, "show stat -1 6 -1").splitlines() if "," in row]
            if rows:
                at = rows[0].index("scur")
                return {(row[0], row[1]): int(row[at]) for row in rows[1:]}
            if worker not in self.workers():
                break
            time.sleep(PAUSE)
        return {}

    def under_way(self, server: str = "service") -> int:
        """Return how many requests the service has, from all processes; of BACKEND, with those that wait for it."""
        counted = 0
        for worker in self.workers():
            seen = self.counts(worker).items()
            counted += sum(number for (name, which), number in seen if which == server and name != TUNNEL)
        return counted

    def waiting(self) -> int:
        """Return how many requests wait while they are held."""
        return self.under_way("BACKEND") - self.under_way() if self.is_held() else 0

    def is_held(self) -> bool:
        """Say whether requests wait, as whoever told the door last has written it down."""
        try:
            return HELD.search(self.state.read_text(encoding="ascii")) is not None
        except FileNotFoundError:
            return False

    def switch(self, ready: str, away: str) -> None:
        """Send requests to one of the two servers; have the process that comes next know it."""
        newest, *_ = self.workers()  # those before hear no such word any more
        backends = [name for name, server in self.counts(newest) if server == ready]
        self.tell(newest, *(f"set server {name}/{ready} state ready" for name in backends))
        self.tell(newest, *(f"set server {name}/{away} state maint" for name in backends))
        lines = [line for line in self.tell(newest, "show servers state").splitlines() if line]
        self.write_down("\n".join(lines) + "\n")

    def write_down(self, state: str) -> None:
        """Leave word for the process that comes next, which is not root."""
        new = self.state.with_suffix(".new")
        new.write_text(state, encoding="ascii")
        new.chmod(0o644)
        new.replace(self.state)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Have one at a time tell the door: a process that begins while requests are held must know of it."""
        self.turn.parent.mkdir(exist_ok=True)
        with self.turn.open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield


def hold(door: Door, seconds: str) -> str:
    """Let no new request in; return once none is under way, or after so long."""
    until = time.monotonic() + float(seconds)
    with door.alone():
        door.switch("hold", "service")
    left = door.under_way()
    while left and time.monotonic() < until:
        time.sleep(PAUSE)
        left = door.under_way()
    return f"{left} requests still under way" if left else ""


def release(door: Door) -> str:
    """Let in what waits."""
    with door.alone():
        door.write_down("")
        door.switch("service", "hold")
    return ""


def reload(door: Door) -> str:
    """Have new processes take over; those that wait while requests are held could not be let in by the old ones."""
    until = time.monotonic() + SEE_OUT
    while (waiting := door.waiting()) and time.monotonic() < until:
        time.sleep(PAUSE)
    with door.alone():
        before = set(door.workers())
        failed = FAILED.findall(door.ask("show proc"))
        with contextlib.suppress(ConnectionError):  # the master begins anew
            door.ask_once("reload")
        until = time.monotonic() + GRACE
        while time.monotonic() < until and FAILED.findall(door.ask("show proc")) == failed:
            if any(door.counts(worker) for worker in set(door.workers()) - before):
                return f"{waiting} requests that wait for the service are not let in any more" if waiting else ""
            time.sleep(PAUSE)
    raise SystemExit("no new process came up; the old one serves on, with the files that it had")


def leave(door: Door) -> str:
    """Take nobody in; return when nothing has been under way for a moment."""
    workers = door.workers()
    door.begins = 0  # who refuses now has ended
    for worker in workers:
        send(worker, signal.SIGUSR1)
    until = time.monotonic() + SEE_OUT
    quiet = time.monotonic() + RESTING
    with contextlib.suppress(ConnectionError, FileNotFoundError):
        while time.monotonic() < min(until, quiet) and any(send(worker, 0) for worker in workers):
            time.sleep(PAUSE)
            if door.under_way("BACKEND"):
                quiet = time.monotonic() + RESTING
    return ""


def send(worker: str, number: int) -> bool:
    """Send a signal to a process; say whether it was still there."""
    try:
        os.kill(int(worker), number)
    except ProcessLookupError:
        return False
    return True


VERBS: dict[str, Callable[..., str]] = {"hold": hold, "release": release, "reload": reload, "leave": leave}


def main(verb: str, name: str, *words: str) -> None:
    """Do what one line of the command says; what it leaves undone is said on stderr."""
    try:
        said = VERBS[verb](Door(name, DOORS), *words)
    except (FileNotFoundError, ConnectionError):
        if verb == "reload":
            raise SystemExit(f"no door {name} is open") from None
        said = ""  # there is nothing to hold or to release
    except (socket.timeout, BlockingIOError):  # the latter: so many wait for it that nobody else may
        said = f"the door {name} did not answer within {GRACE} s; nothing waits for it any longer"
    if said:
        sys.stderr.write(said + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
