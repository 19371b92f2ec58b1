"""All hosts at once, by pyinfra, in a process of its own: `python -m llamakeep.observe.worker`.

pyinfra and Ansible's plugins bring many packages along; here they meet nobody else. stdin: `{"hosts": {name:
{"connection": as Connection, secrets in the clear, "script": number}}, "scripts": [text, …], "limit": seconds}`.
stdout: a line `[name, {"text": answer or null, "error": words, "seconds": number, "at": Unix time, "needs_tty": bool}]`
for each host, as soon as it is known; `seconds` leaves out the time in the queue of a jump host, `at` is when the
answer came.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from typing import Any, TextIO

# paramiko would bring it in, which pyinfra brings in and nobody uses here: a sixth of a second less.
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type] # None is how Python says "not to be imported"

from pyinfra.api import Inventory, State, StringCommand  # noqa: E402
from pyinfra.api.exceptions import PyinfraError  # noqa: E402

from llamakeep.hosts import plugins  # noqa: E402
from llamakeep.hosts.connection import Connection  # noqa: E402
from llamakeep.hosts.connector import Connector  # noqa: E402
from llamakeep.hosts.conversation import BecomeError, UnreachableError  # noqa: E402
from llamakeep.hosts.pool import pool  # noqa: E402
from llamakeep.hosts.settings import KEPT  # noqa: E402
from llamakeep.hosts.turns import Turns  # noqa: E402
from llamakeep.hosts.way import Way  # noqa: E402
from llamakeep.observe.rights import rights  # noqa: E402

AT_ONCE = 64  # ssh processes, each for a host: docs/benchmarks.md


class Look:
    """One look at a fleet; one host that fails or hangs stops no other."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._asked: dict[str, dict[str, Any]] = request["hosts"]
        self._scripts: list[str] = request["scripts"]
        self._limit: float = request["limit"]
        self._turns = Turns()
        self._state = State()
        self._inventory = Inventory((list(self._asked), {}))
        for name in self._asked:
            self._inventory.get_host(name).connector_cls = Connector
        self._state.init(self._inventory, None)

    def answers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ask all hosts, and return each one's answer as it comes."""
        with pool(min(len(self._asked), AT_ONCE)) as threads:
            asking = [threads.submit(self._look_at, name) for name in self._asked]
            for done in as_completed(asking):
                yield done.result()
                asking.remove(done)  # with the answer, of which there may be many

    def _look_at(self, name: str) -> tuple[str, dict[str, Any]]:
        """Ask one host, and say how long it took or why it did not come to that."""
        started, text, error = time.monotonic(), None, ""
        way = self._way(name)
        try:
            try:
                text = self._ask(name, way, rights(by=way.becomes))
            except BecomeError as refusal:
                way = self._way(name, become=False)
                said = str(refusal)
                text = self._ask(name, way, rights(barred=said if " " in said else f"refused: {said}"))
        except (UnreachableError, PyinfraError) as problem:
            error = str(problem)
        except TimeoutError:
            error = f"no answer within {self._limit:g} s"
        except Exception as problem:  # noqa: BLE001 - a fault met with one host must not hide the others
            error = f"{type(problem).__name__}: {problem}"
        seconds, at = time.monotonic() - started - way.queued, time.time()
        return name, {
            "text": text,
            "error": error,
            "seconds": round(seconds, 3),
            "at": round(at, 3),
            "needs_tty": way.needs_tty,
        }

    def _way(self, name: str, *, become: bool | None = None) -> Way:
        connection = Connection.model_validate(self._asked[name]["connection"])
        keep = len(self._asked) <= KEPT
        return Way(connection, become=become, keep=keep, turns=self._turns)

    def _ask(self, name: str, way: Way, before: str) -> str:
        """Have the host answer its script."""
        machine = self._inventory.get_host(name)
        machine.connector.way = way
        text = StringCommand(before + self._scripts[self._asked[name]["script"]])
        _, output = machine.run_shell_command(text, _timeout=self._limit)
        return str(output.stdout)


def write(answers: Iterator[tuple[str, dict[str, Any]]], out: TextIO) -> None:
    """Write a line for each host: a thousand answers need not be held."""
    for name, answer in answers:
        out.write(json.dumps([name, answer]) + "\n")
        out.flush()


def main() -> None:
    """Answer one request; whatever else is printed goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plugins.shell()  # Ansible's loaders are ready before anybody asks
    if not (request := sys.stdin.read()):
        return  # whoever started this has nothing to look at
    with out:
        write(Look(json.loads(request)).answers(), out)


if __name__ == "__main__":
    main()
