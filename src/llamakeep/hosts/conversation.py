"""A process that leads to a host: from its start, over the questions of who becomes root, to what the host says."""

import io
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from llamakeep.hosts.reason import without_noise

_PIECE = 1 << 16  # bytes
_MOST_COMPLAINT = 1 << 16  # bytes of stderr, and of what a login prints, that are kept: the last ones
_ENDING = 5.0  # seconds for a process whose last word was heard: ssh leaves a connection behind that is kept
_GRACE = 0.5  # seconds for one that was told to end


class UnreachableError(OSError):
    """A host that nobody gets into; its text is ssh's own, or the host's."""


class BecomeError(OSError):
    """A host that was reached, and on which we do not become who we should; its text is the host's own."""


_LIVE: set["Conversation"] = set()


def end_all() -> None:
    """End every process that leads to a host; who listens to one hears its end."""
    for line in list(_LIVE):
        line.kill()


class Start(NamedTuple):
    """What is run here so that something runs there."""

    command: Sequence[bytes | str]
    mark: bytes  # the line that says that it runs there
    become: Any = None  # Ansible's plugin, where one has to answer
    options: Mapping[str, Any] = {}  # of subprocess.Popen
    is_tty: bool = False
    reached: bytes = b""  # the line that the login shell says first, where somebody is to be become


class Conversation:
    """What is said and heard; nobody waits longer than until a deadline (of time.monotonic)."""

    def __init__(self, start: Start) -> None:
        """Start the process; raise UnreachableError where its program is missing."""
        self._start = start
        self._heard = {"out": bytearray(), "err": bytearray()}
        self._examined = {"out": 0, "err": 0}
        self._words: BinaryIO = io.BytesIO()
        self._to_say = bytearray()
        self._answered = False
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        program = start.command[0] if isinstance(start.command[0], str) else start.command[0].decode()
        try:
            self._selector = selectors.DefaultSelector()
            self.process = subprocess.Popen(start.command, bufsize=0, **pipes, **start.options)
        except OSError as error:
            raise UnreachableError(f"{error.filename or program}: {error.strerror}") from error
        _LIVE.add(self)
        for name, pipe in (("out", self.process.stdout), ("err", self.process.stderr)):
            self._watch(pipe, selectors.EVENT_READ, name)

    def __enter__(self) -> "Conversation":
        """Be ended at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process and all that it started."""
        self.end()

    @property
    def complaint(self) -> str:
        """What came on stderr."""
        return self._heard["err"].decode(errors="replace").replace("\r\n", "\n").strip()

    def enter(self, deadline: float) -> None:
        """Wait until the host's shell speaks, and answer who asks for a password on the way.

        Raises BecomeError, UnreachableError, or TimeoutError.
        """
        out = self._heard["out"]
        lines = [self._start.mark + end for end in (b"\n", b"\r\n")]

        def is_in() -> bool:
            self._answer()
            if any(line in out for line in lines):
                return True
            if len(out) > 4 * _MOST_COMPLAINT:  # a login that prints without end
                self._forget(out, "out")
            return False

        self._listen(is_in, deadline)
        found = next((line for line in lines if line in out), None)
        if found is None:
            self.wait()
            self._answer()  # its last words came with its end
            self._refuse()
        else:
            del out[: out.index(found) + len(found)]

    def say(self, words: BinaryIO) -> None:
        """Have the host's program read this, and then the end; it goes out while something is heard."""
        self._words = words
        self._watch(self.process.stdin, selectors.EVENT_WRITE, "in")

    def hear(self, most: int, deadline: float, last: bytes | None = None) -> bytes:
        """Return what the host says until it ends, or says `last`; more than `most` bytes are not waited for."""
        out, start = self._heard["out"], 0

        def is_enough() -> bool:
            nonlocal start
            found = last is not None and out.find(last, start) >= 0
            start = max(0, len(out) - len(last or b""))
            return found or len(out) > most

        self._listen(is_enough, deadline)
        said = bytes(out)
        out.clear()
        return said.replace(b"\r\n", b"\n") if self._start.is_tty else said

    def piece(self, deadline: float) -> bytes:
        """Return the next that the host says; nothing: that was all."""
        out = self._heard["out"]
        self._listen(lambda: bool(out), deadline)
        said = bytes(out)
        out.clear()
        return said

    def wait(self, patience: float = _ENDING) -> int:
        """Return the status with which the process ends, by itself or soon after by us."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        for key, _ in self._selector.select(0):
            if key.data == "err":
                self._move(key)
        self.end()
        return self.process.returncode

    def kill(self) -> None:
        """Tell the process and what it started to end; ssh's kept connection is in a group of its own."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):  # a sudo of this machine is root's
                if self._start.options.get("start_new_session"):
                    os.killpg(self.process.pid, signal.SIGTERM)
                else:
                    self.process.terminate()

    def end(self) -> None:
        """End the process and what it started, and let go of it."""
        _LIVE.discard(self)
        if self.process.poll() is None:
            self.kill()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE)
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                self.process.kill()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE)
        self._selector.close()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _watch(self, pipe: Any, events: int, name: str) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, events, name)

    def _listen(self, is_enough: Callable[[], bool], deadline: float) -> None:
        """Hear and say until it is enough, or nothing more can come."""
        while not is_enough():
            ended = self.process.poll() is not None
            left = 0.0 if ended else max(0.0, deadline - time.monotonic())
            ready = self._selector.select(min(left, 1.0))
            for key, _ in ready:
                self._move(key)
            if all(key.data != "out" for key in self._selector.get_map().values()):
                return
            if ended and not ready:
                return  # a connection that is kept may hold stderr
            if time.monotonic() >= deadline and not is_enough():
                raise TimeoutError

    def _move(self, key: selectors.SelectorKey) -> None:
        if key.data == "in":
            self._write(key)
            return
        piece = os.read(key.fd, _PIECE)
        if not piece:
            self._selector.unregister(key.fileobj)
            return
        heard = self._heard[key.data]
        heard += piece
        if key.data == "err" and len(heard) > 2 * _MOST_COMPLAINT:
            self._forget(heard, "err")

    def _forget(self, heard: bytearray, name: str) -> None:
        """Keep the last of what was heard."""
        cut = len(heard) - _MOST_COMPLAINT
        del heard[:cut]
        self._examined[name] = max(0, self._examined[name] - cut)

    def _write(self, key: selectors.SelectorKey) -> None:
        self._to_say += b"" if self._to_say else self._words.read(_PIECE)
        try:
            gone = os.write(key.fd, self._to_say)
        except BrokenPipeError:
            gone = 0
        del self._to_say[:gone]
        if not gone:
            self._selector.unregister(key.fileobj)
            with suppress(BrokenPipeError):
                key.fileobj.close()  # type: ignore[union-attr] # it is a pipe

    def _answer(self) -> None:
        """Give the password to who asks for it; raise BecomeError where it is missing or wrong."""
        plugin = self._start.become
        if plugin is None:
            return
        for name, heard in self._heard.items():
            lines = bytes(heard[self._examined[name] :]).splitlines(keepends=True)
            for line in lines:
                if plugin.prompt and plugin.check_password_prompt(line):
                    self._give_password(plugin)
                    return
                if plugin.check_incorrect_password(line):
                    raise BecomeError(f"{plugin.name} refuses the password")
                if plugin.check_missing_password(line):
                    raise BecomeError(f"{plugin.name} asks for a password")
            rest = len(lines[-1]) if lines and not lines[-1].endswith(b"\n") else 0
            self._examined[name] = len(heard) - rest

    def _give_password(self, plugin: Any) -> None:
        secret = plugin.get_option("become_pass")
        if not secret or self._answered:
            raise BecomeError(f"{plugin.name} {'refuses the password' if secret else 'asks for a password'}")
        self._answered = True
        for name, heard in self._heard.items():
            heard.clear()
            self._examined[name] = 0
        with suppress(BrokenPipeError, ValueError):  # who asked has gone
            os.write(self.process.stdin.fileno(), f"{secret}\n".encode())  # type: ignore[union-attr] # it is a pipe

    def _refuse(self) -> None:
        """Raise what a process means that ended before the host's shell spoke."""
        out = self._heard["out"]
        was_in = self._start.reached and self._start.reached in out
        said = out.replace(self._start.reached or b"\0", b"").decode(errors="replace")
        words = without_noise(self.complaint) or without_noise(said)
        if self._start.become is not None and was_in:
            raise BecomeError((words or [f"{self._start.become.name} says nothing"])[-1])
        raise UnreachableError("\n".join(words))
