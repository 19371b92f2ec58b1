#!/usr/bin/python3 -IS
"""Tells an open door what to do; it listens to root alone.

  door-control hold NAME SECONDS    let no new request in; return when none is under way, or after so long
  door-control release NAME         let in what waits
  door-control reload NAME          have it take up its files anew, and nobody notice
  door-control leave NAME           see everybody out, before the door is closed

NAME,NAME is two doors of one service, at the same time.

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
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DOORS = Path("/run/llamakeep-doors")
GRACE = 10  # seconds that a door has to answer
BEGINS = 3  # seconds that a process has to begin
INSIST = 30  # seconds in which whoever releases a door tries again
TURN = 20  # seconds that one waits for another who tells the door something
SEE_OUT = 60  # seconds that requests under way have when a door leaves
RESTING = 1  # seconds after which nobody is on his way any more
PAUSE = 0.02  # seconds between two looks
LONGEST = 1 << 20  # bytes of an answer
WORKER = re.compile(r"^(\d+)\s+worker\s", re.MULTILINE)
FAILED = re.compile(r"\[failed: (\d+)\]")
STATE = re.compile(r"^\d+ \S+ \d+ (service|hold) \S+ (\d) ", re.MULTILINE)  # 0: it takes nothing
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
        until, said = time.monotonic() + GRACE, b""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(GRACE)
            line.connect(str(self.master))
            line.sendall(command.encode() + b"\n")
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65536):
                said += piece
                if len(said) > LONGEST or time.monotonic() > until:
                    raise socket.timeout
        return said.decode(errors="replace")

    def workers(self) -> list[str]:
        """Return the numbers of the processes that serve, the newest first; ConnectionError where none does yet."""
        found = WORKER.findall(self.ask("show proc"))
        if not found:
            raise ConnectionAbortedError
        return found

    def tell(self, worker: str, *commands: str) -> str:
        """Return what one process answers."""
        return self.ask("; ".join(f"@!{worker} {command}" for command in commands))

    def send(self, worker: str, number: int) -> bool:
        """Send a signal to a process of this door; say whether it was still there.

        Its number comes from a program that clients speak to: none but that program's own user's is heard of.
        """
        try:
            if Path(f"/proc/{worker}").stat().st_uid != self.master.parent.stat().st_uid:
                return False
            os.kill(int(worker), number)
        except (FileNotFoundError, ProcessLookupError):
            return False
        return True

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

    def has(self, worker: str, server: str = "service") -> int:
        """Return how many requests one process has at the service; at BACKEND, with those that wait for it."""
        return sum(n for (name, which), n in self.counts(worker).items() if which == server and name != TUNNEL)

    def under_way(self, server: str = "service") -> int:
        """Return how many requests all processes have."""
        return sum(self.has(worker, server) for worker in self.workers())

    def waiting(self) -> int:
        """Return how many requests wait while they are held."""
        return self.under_way("BACKEND") - self.under_way() if self.is_held() else 0

    def is_held(self) -> bool:
        """Say whether requests wait, as whoever told the door last has written it down."""
        try:
            return bool(self.state.read_text(encoding="ascii"))
        except FileNotFoundError:
            return False

    def set(self, **states: str) -> None:
        """Bring servers of every backend into a state, in turn; OSError where they are not in it afterwards.

        The newest process alone: those before hear no such word any more.
        """
        newest = self.workers()[0]
        backends = [name for name, server in self.counts(newest) if server == "hold"]
        for server, state in states.items():
            self.tell(newest, *(f"set server {name}/{server} state {state}" for name in backends))
        for server, state in STATE.findall(self.tell(newest, "show servers state")):
            if server in states and (state != "0") != (states[server] == "ready"):
                raise ConnectionAbortedError

    def write_down(self, held: bool) -> None:
        """Leave word for the process that comes next, which is not root, whether requests are held.

        Of a door that holds nothing it is empty: HAProxy takes more from it than that, the service's port too.
        """
        lines = self.tell(self.workers()[0], "show servers state").splitlines() if held else []
        new = self.state.with_suffix(".new")
        new.write_text("".join(f"{line}\n" for line in lines if line), encoding="ascii")
        new.chmod(0o644)
        new.replace(self.state)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Have one at a time tell the door: a process that begins while requests are held must know of it."""
        until = time.monotonic() + TURN
        turn = os.open(self.turn, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(PAUSE)
            yield
        finally:
            os.close(turn)


def hold(door: Door, seconds: str) -> str:
    """Let no new request in; return once none is under way, or after so long.

    Of the processes before the newest, those that have nothing under way are ended: what is asked on a connection that
    they have kept would pass.
    """
    began = time.monotonic()
    with door.alone():
        door.set(hold="ready", service="maint")
        door.write_down(held=True)
    while True:
        newest, *before = door.workers()
        left = {worker: door.has(worker) for worker in before}
        for worker in before:
            if not left[worker]:
                door.send(worker, signal.SIGTERM)
        total, waited = sum(left.values()) + door.has(newest), time.monotonic() - began
        if (not total and (not before or waited > BEGINS)) or waited > float(seconds):
            return f"{total} requests still under way" if total else ""
        time.sleep(PAUSE)


def release(door: Door) -> str:
    """Let in what waits; tried again where the door does not answer, for all would wait for nothing.

    Where no door is open, the next one that opens must not hold either.
    """
    until = time.monotonic() + INSIST
    while True:
        try:
            with door.alone():
                door.write_down(held=False)
                door.set(service="ready", hold="maint")
        except (ConnectionError, socket.timeout, BlockingIOError):
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        else:
            return ""


def reload(door: Door) -> str:
    """Have new processes take over; those that wait while requests are held could not be let in by the old ones."""
    until = time.monotonic() + SEE_OUT
    while (waiting := door.waiting()) and time.monotonic() < until:
        time.sleep(PAUSE)
    with door.alone():
        before = set(door.workers())
        failed = failures(door)
        with contextlib.suppress(ConnectionError):  # the master begins anew
            door.ask_once("reload")
        until = time.monotonic() + GRACE
        while time.monotonic() < until and failures(door) <= failed:
            if any(door.counts(worker) for worker in set(door.workers()) - before):
                return f"{waiting} requests that wait for the service are not let in any more" if waiting else ""
            time.sleep(PAUSE)
    raise SystemExit("no new process came up; the old one serves on, with the files that it had")


def failures(door: Door) -> int:
    """Return how often a reload has failed since the last one that did not."""
    return sum(map(int, FAILED.findall(door.ask("show proc"))))


def leave(door: Door) -> str:
    """Take nobody in; return when nothing has been under way for a moment. Those that are held are told 503."""
    workers = door.workers()
    refused = door.waiting()
    if refused:
        with door.alone():
            door.set(hold="maint")
    door.begins = 0  # who refuses now has ended
    for worker in workers:
        door.send(worker, signal.SIGUSR1)
    until = time.monotonic() + SEE_OUT
    quiet = time.monotonic() + RESTING
    with contextlib.suppress(ConnectionError, FileNotFoundError):
        while time.monotonic() < min(until, quiet) and any(door.send(worker, 0) for worker in workers):
            time.sleep(PAUSE)
            if door.under_way("BACKEND"):
                quiet = time.monotonic() + RESTING
    return f"{refused} requests that waited for the service got 503" if refused else ""


VERBS: dict[str, Callable[..., str]] = {"hold": hold, "release": release, "reload": reload, "leave": leave}


def main(verb: str, names: str, *words: str) -> None:
    """Do what one line of the command says, at each of the doors."""
    first, *others = names.split(",")
    turns = [threading.Thread(target=do, args=(verb, name, *words)) for name in others]
    for turn in turns:
        turn.start()
    try:
        do(verb, first, *words)
    finally:
        for turn in turns:
            turn.join()


def do(verb: str, name: str, *words: str) -> None:
    """Do it at one door; what it leaves undone is said on stderr."""
    try:
        said = VERBS[verb](Door(name, DOORS), *words)
    except (FileNotFoundError, ConnectionError):
        if verb == "reload":
            raise SystemExit(f"no door {name} is open") from None
        said = ""  # there is nothing to hold or to release
    except (socket.timeout, BlockingIOError):  # the latter: so many wait for it that nobody else may
        said = f"the door {name} did not answer in time to {verb}; systemctl restart {name}.service opens it anew"
    if said:
        sys.stderr.write(said + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
