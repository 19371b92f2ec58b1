"""One loaded model: the child process that holds it, and the questions put to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import durations, journal

_POLL = 0.02  # seconds between two looks at a child that is loading
_DYING = 2.0  # seconds between a connection that broke and the end of the child that held it


class EngineError(Exception):
    """The child did not come up, died, or refused; the text says why."""


class Runner:
    """A child `llama-server` on a random loopback port, asked by HTTP."""

    def __init__(self, program: Path, model: Path, context: int, timeout: float) -> None:
        """Start the child and wait until the model is loaded."""
        self.context = context
        self._turn = threading.Lock()  # OLLAMA_NUM_PARALLEL is read but the stand-in answers one at a time
        self._reason = ""  # the line of its stderr that says why it ends; others of its threads may say more
        self.port = _free_port()
        command = [program, "--model", model, "--host", "127.0.0.1", "--port", self.port, "--ctx-size", context]
        try:
            # The child ends when its standard input does: it cannot outlive a server that was killed.
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # Many hosts of a lab share few cores: threads that spin while they wait would starve each other.
                env={**os.environ, "OMP_WAIT_POLICY": "passive"},
            )
        except OSError as error:
            raise EngineError(f"llama-server does not start: {error}") from error
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        journal.log("INFO", "starting llama-server", port=self.port, pid=self._process.pid, ctx=context)
        self._wait_until_loaded(timeout)

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    def prompt(self, messages: list[dict[str, str]], template: str) -> str:
        """Return the messages as the one text that the model reads."""
        answer = self._ask("/apply-template", {"messages": messages, "chat_template": template})
        return str(answer["prompt"])

    def complete(self, question: dict[str, Any], watch: Watch) -> Iterator[dict[str, Any]]:
        """Yield what the model says, piece by piece; the last piece has `stop` true and the counts."""
        with self._turn:
            connection = self._connect(None)
            try:
                connection.request("POST", "/completion", json.dumps({**question, "stream": True}))
                with watch.over(connection.sock):
                    yield from self._pieces(connection.getresponse())
            except (OSError, http.client.HTTPException) as error:
                raise EngineError(self._why_dead(str(error))) from error
            finally:
                connection.close()

    def stop(self) -> None:
        """End the child, at once."""
        self._process.kill()
        self._process.wait()

    def _pieces(self, answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
        if answer.status != http.client.OK:
            raise EngineError(_error_of(answer.read()))
        last: dict[str, Any] = {}
        for line in answer:
            if line.startswith(b"data: "):
                last = json.loads(line[6:])
                if "error" in last:
                    raise EngineError(str(last["error"].get("message", "unknown error")))
                yield last
        if not last.get("stop"):
            raise EngineError(self._why_dead("an error was encountered while running the model"))

    def _ask(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        connection = self._connect(60)
        try:
            connection.request("POST", path, json.dumps(question))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(self._why_dead(str(error))) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise EngineError(_error_of(body))
        return dict(json.loads(body))

    def _connect(self, timeout: float | None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def _wait_until_loaded(self, timeout: float) -> None:
        deadline = time.monotonic() + min(timeout, 1e9)
        while self.alive:
            if time.monotonic() > deadline:
                self.stop()
                raise EngineError(f"timed out waiting for llama-server to start ({durations.form(timeout)})")
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = self._connect(5)
                try:
                    connection.request("GET", "/health")
                    if connection.getresponse().status == http.client.OK:
                        return
                finally:
                    connection.close()
            time.sleep(_POLL)
        raise EngineError(self._why_dead("it ended while loading"))

    def _listen(self) -> None:
        stream = self._process.stderr
        for line in stream or ():
            said = line.decode(errors="replace").strip()
            if said.startswith("error: "):
                self._reason = said.removeprefix("error: ")

    def _why_dead(self, otherwise: str) -> str:
        try:
            self._process.wait(_DYING)
        except subprocess.TimeoutExpired:
            return otherwise
        self._listening.join(_DYING)
        return f"llama-server process has terminated: {self._reason or otherwise}"


class Watch:
    """Cuts the question off when the client who asked it hangs up."""

    def __init__(self, hung_up: Any) -> None:
        """Take the function that tells whether the client is gone."""
        self._hung_up = hung_up
        self.cut = False

    @contextlib.contextmanager
    def over(self, connection: socket.socket | None) -> Iterator[None]:
        """Look at the client ten times a second while the model is talking."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(0.1):
                if self._hung_up():
                    self.cut = True
                    with contextlib.suppress(OSError):
                        if connection is not None:
                            connection.shutdown(socket.SHUT_RDWR)
                    return

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _error_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]


def program() -> Path:
    """Return the child's program: `llama-server` in the archive's lib/ollama."""
    return Path(os.path.realpath(__file__)).parent.parent / "llama-server"
