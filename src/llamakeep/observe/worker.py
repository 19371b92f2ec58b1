"""All hosts at once, by pyinfra, in a process of its own: `python -m llamakeep.observe.worker`.

pyinfra stands on gevent, which changes the standard library for everyone in the process; here it meets
nobody else. stdin: `{"hosts": {name: {"kind", "data", "command", "stdin", "limit"}}, "connect": seconds}`;
stdout: `{name: {"text": answer or null, "error": words, "seconds": number}}`.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - everything below must find a patched standard library
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

# paramiko would bring it in for `Match exec`, which pyinfra answers by itself: a sixth of a second less.
sys.modules.setdefault("invoke", None)  # type: ignore[arg-type] # None is how Python says "not to be imported"

import gevent  # noqa: E402
from pyinfra.api import FactBase, Inventory, State  # noqa: E402
from pyinfra.api.exceptions import ConnectError, PyinfraError  # noqa: E402
from pyinfra.connectors.ssh_util import get_private_key  # noqa: E402
from pyinfra.context import ctx_host, ctx_state  # noqa: E402


class Look(FactBase):  # type: ignore[misc] # pyinfra is looked at without its types
    """The one script of a host, as the one fact that is asked."""

    def command(self, line: str) -> str:
        """Return the command that reads the script from stdin."""
        return line

    def process(self, output: list[str]) -> str:
        """Return the answer as it came; it is taken apart where the facts are."""
        return "\n".join(output)


def look(request: dict[str, Any]) -> dict[str, Any]:
    """Ask every host at once; one that fails or hangs stops no other."""
    asked = request["hosts"]
    names = {name: "@local" if host["kind"] == "local" else name for name, host in asked.items()}
    data = [(names[name], host["data"]) for name, host in asked.items()]
    state = State()
    inventory = Inventory((list(dict(data).items()), {}))
    state.init(inventory, None)
    state.config.CONNECT_TIMEOUT = request["connect"]
    greenlets = {}
    with ctx_state.use(state):
        for name, host in asked.items():
            machine = inventory.get_host(names[name])
            greenlets[name] = gevent.spawn(_ask, state, machine, host, request["connect"])
        gevent.joinall(greenlets.values())
    return {name: greenlet.value for name, greenlet in greenlets.items()}


def _ask(state: State, machine: Any, host: dict[str, Any], connect: int) -> dict[str, Any]:
    """Connect, ask once, and say how long it took or why it did not come to that."""
    started = time.monotonic()
    text, error = None, ""
    try:
        with gevent.Timeout(connect, TimeoutError(f"no connection within {connect} s")):
            if host["kind"] == "ssh":
                _use_agent_for_sealed_key(state, machine)
            machine.connect(show_errors=False, raise_exceptions=True)
        with (
            gevent.Timeout(host["limit"], TimeoutError(f"no answer within {host['limit']} s")),
            ctx_host.use(machine),
        ):
            text = machine.get_fact(Look, line=host["command"], _stdin=host["stdin"], _ignore_errors=True)
        error = "" if text else "the connection broke off before the host had answered"
    except (ConnectError, PyinfraError, OSError, EOFError) as problem:
        error = str(problem)
    except Exception as problem:  # noqa: BLE001 - a fault met with one host must not hide the others
        error = f"{type(problem).__name__}: {problem}"
    return {"text": text, "error": error, "seconds": round(time.monotonic() - started, 3)}


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


def main() -> None:
    """Answer one request; whatever else is printed goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    found = look(json.load(sys.stdin))
    with out:
        json.dump(found, out)
        out.flush()
    # Threads of paramiko that still wait for a dead host would hold the process up.
    os._exit(0)


if __name__ == "__main__":
    main()
