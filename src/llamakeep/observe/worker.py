"""All hosts at once, by pyinfra, in a process of its own: `python -m llamakeep.observe.worker`.

pyinfra stands on gevent, which changes the standard library for everyone in the process; here it meets
nobody else. stdin: `{"hosts": {name: {"kind", "data", "command", "stdin", "limit"}}, "connect": seconds}`; with
`"scripts": [text, …]` beside the hosts, a host's `"script": number` says which of them follows its stdin.
stdout: `{name: {"text": answer or null, "error": words, "seconds": number, "at": Unix time}}`, each as soon as it is
known; `seconds` leaves out the time in the queue, `at` is when the answer was there.
"""

from gevent import monkey

monkey.patch_all()

import functools  # noqa: E402 - everything below must find a patched standard library
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import shlex  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import suppress  # noqa: E402
from typing import Any, TextIO  # noqa: E402

# paramiko would bring it in for `Match exec`, which pyinfra answers by itself: a sixth of a second less.
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type] # None is how Python says "not to be imported"

import gevent  # noqa: E402
from gevent.lock import BoundedSemaphore  # noqa: E402
from gevent.pool import Pool  # noqa: E402
from paramiko import Channel, ECDSAKey, Ed25519Key, RSAKey, SSHClient, SSHException  # noqa: E402
from pyinfra.api import Inventory, State, StringCommand  # noqa: E402
from pyinfra.api.exceptions import ConnectError, PyinfraError  # noqa: E402
from pyinfra.connectors.ssh_util import get_private_key  # noqa: E402
from pyinfra.connectors.sshuserclient import client as pyinfra_ssh  # noqa: E402

from llamakeep.observe.descriptors import at_once  # noqa: E402
from llamakeep.observe.known import KnownHosts  # noqa: E402
from llamakeep.observe.patience import Patience  # noqa: E402

TURNS = 128  # hosts in key exchange and login at a time: docs/benchmarks.md
_RESOLVERS = 32  # threads that ask for addresses: a name server that is slow for one name holds nine others up
_JUMPS = 8  # hosts on their way through one jump host: sshd begins to turn away at 10 (MaxStartups)
_CHUNK = 1 << 16  # bytes
_MOST = 1 << 24  # bytes of an answer: the script sends less, so more comes from something else


class Look:
    """One look at a fleet; one host that fails or hangs stops no other."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._asked: dict[str, dict[str, Any]] = request["hosts"]
        self._connect: float = request["connect"]
        self._scripts: list[str] = request.get("scripts", [])
        self._turns = BoundedSemaphore(TURNS)
        self._jumps: defaultdict[str, BoundedSemaphore] = defaultdict(lambda: BoundedSemaphore(_JUMPS))
        self._names = {name: "@local" if host["kind"] == "local" else name for name, host in self._asked.items()}
        data = {self._names[name]: host["data"] for name, host in self._asked.items()}
        self._state = State()
        self._inventory = Inventory((list(data.items()), {}))
        self._state.init(self._inventory, None)
        self._state.config.CONNECT_TIMEOUT = request["connect"]

    def answers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ask all hosts, and return each one's answer as it comes."""
        pool = Pool(at_once(len(self._asked)))
        yield from pool.imap_unordered(self._look_at, list(self._asked))

    def _look_at(self, name: str) -> tuple[str, dict[str, Any]]:
        """Ask one host, and say how long it took or why it did not come to that."""
        host = self._asked.pop(name)  # with the script, of which there may be as many as hosts
        machine = self._inventory.get_host(self._names[name])
        started, text, error, missing = time.monotonic(), None, "", "connection"
        patience = Patience(self._connect, self._turns)
        try:
            if host["kind"] == "ssh":
                self._enter(machine, patience)
                missing = "answer"
            text = self._ask(machine, host)
            error = "" if text else "the connection broke off before the host had answered"
        except gevent.Timeout as limit:
            error = f"no {missing} within {limit.seconds:g} s"
        except (ConnectError, PyinfraError, SSHException, OSError, EOFError) as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001 - a fault met with one host must not hide the others
            error = f"{type(problem).__name__}: {problem}"
        seconds, at = time.monotonic() - started - patience.queued, time.time()
        _leave(machine)
        return name, {"text": text, "error": error, "seconds": round(seconds, 3), "at": round(at, 3)}

    def _enter(self, machine: Any, patience: Patience) -> None:
        """Connect to a host and log in."""
        patience.jump = self._jump(machine)
        with patience:
            _use_agent_for_sealed_key(self._state, machine)
            machine.connector.data["ssh_paramiko_connect_kwargs"] = {"transport_factory": patience.transport}
            machine.connect(show_errors=False, raise_exceptions=True)

    def _jump(self, machine: Any) -> BoundedSemaphore | None:
        """Return the queue at the jump host that leads to a host; None where nothing stands between."""
        data = machine.connector.data
        config = pyinfra_ssh.get_ssh_config(data["ssh_config_file"])
        through = config.lookup(data["ssh_hostname"]).get("proxyjump") if config else None
        return self._jumps[through] if through else None

    def _ask(self, machine: Any, host: dict[str, Any]) -> str:
        """Have the host answer the script."""
        stdin = host["stdin"] + (self._scripts[host["script"]] if "script" in host else "")
        with gevent.Timeout(host["limit"]):
            if host["kind"] == "local":
                machine.connect(show_errors=False, raise_exceptions=True)
                _, output = machine.run_shell_command(StringCommand(host["command"]), _stdin=stdin)
                return str(output.stdout)
            return _exchange(machine.connector.client, host["command"], stdin)


def _exchange(client: SSHClient, command: str, script: str) -> str:
    """Run a command with a script on its stdin, and return what it prints: ASCII, or nothing where it was cut off."""
    transport = client.get_transport()
    if transport is None:
        return ""
    try:
        with transport.open_session() as channel:
            channel.exec_command(f"sh -c {shlex.quote(command)}")
            channel.sendall(script.encode())
            channel.shutdown_write()
            said = bytearray()
            while (chunk := channel.recv(_CHUNK)) and len(said) < _MOST:
                said += chunk
            cut_off = bool(chunk) or channel.recv_exit_status() == -1
    except (SSHException, OSError, EOFError):
        return ""
    return "" if cut_off else said.decode("ascii", errors="replace")


def _leave(machine: Any) -> None:
    """Close what leads to a host, jump hosts included: pyinfra keeps all of it until the end."""
    client = getattr(machine.connector, "client", None)
    transport = client.get_transport() if client is not None else None
    if client is None or transport is None:
        return
    with suppress(SSHException, OSError, EOFError):  # what cannot be closed is not open
        way = transport.sock
        client.close()
        while isinstance(way, Channel):
            hop = way.get_transport()
            way = hop.sock
            hop.close()
    machine.connector.client = None


def _use_agent_for_sealed_key(state: State, machine: Any) -> None:
    """Leave a key with a passphrase to the agent, as ssh does: nobody can type one in here."""
    key = machine.connector.data["ssh_key"]
    if not key:
        return
    try:
        get_private_key(state, key, "")
    except PyinfraError as problem:
        if "encrypted" not in str(problem):
            raise
        machine.connector.data["ssh_key"] = None


def _read_once() -> None:
    """Have what lies in files read once for the fleet, not once for each host: an RSA key takes a quarter second."""
    pyinfra_ssh.HostKeys = KnownHosts
    for kind in (RSAKey, ECDSAKey, Ed25519Key):
        kind.from_private_key_file = functools.cache(kind.from_private_key_file)  # type: ignore[assignment, method-assign]


def write(answers: Iterator[tuple[str, dict[str, Any]]], out: TextIO) -> None:
    """Write one JSON object, a host at a time: a thousand answers need not be held."""
    between = "{"
    for name, answer in answers:
        out.write(f"{between}\n{json.dumps(name)}: {json.dumps(answer)}")
        out.flush()
        between = ","
    out.write("\n}\n")


def main() -> None:
    """Answer one request; whatever else is printed goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    gevent.get_hub().threadpool.maxsize = _RESOLVERS
    _read_once()
    with out:
        write(Look(json.load(sys.stdin)).answers(), out)
    # Threads of paramiko that still wait for a dead host would hold the process up.
    os._exit(0)


if __name__ == "__main__":
    main()
