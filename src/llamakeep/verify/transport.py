"""The hosts as testinfra reaches them: on the one way to a host that every stage goes."""

import json
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host as Reached

from llamakeep.hosts.turns import Turns
from llamakeep.hosts.way import Way
from llamakeep.inventory.fleet import Host
from llamakeep.verify import bundle

_SPARE = 30  # seconds beside a probe's own limit, for a host that is slow to start it


class Backend(BaseBackend):  # type: ignore[misc] # testinfra has no types for it
    """testinfra's own commands, run over our way; whom we become is the inventory's to say."""

    NAME = "llamakeep"

    def __init__(self, name: str, way: Way, limit: float) -> None:
        """Take a host and the way to it; a command may take so many seconds."""
        super().__init__(name)
        self._way = way
        self._limit = limit

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        """Run a command; raise OSError where the host, or root, is not reached."""
        line = self.get_command(command, *args)
        said = self._way.run(line, self._limit)
        return self.result(said.code, self.encode(line), said.out, said.err.encode())


def reach(host: Host, limit: float, *, keep: bool = True, turns: Turns | None = None) -> Reached:
    """Return the host as testinfra speaks to it."""
    backend = Backend(host.name, Way(host.connection, keep=keep, turns=turns), limit + _SPARE)
    reached = Reached(backend)
    backend.set_host(reached)
    return reached


def ask(host: Host, reached: Reached, verb: str, request: dict[str, Any], limit: int) -> dict[str, Any]:
    """Run one probe on a host, in one round trip, and return its answer; raise OSError where there is none."""
    loader, packed = bundle.arguments(verb, request, limit)
    try:
        done = reached.run("%s -c %s %s", host.connection.python or "python3", loader, packed)
    except TimeoutError as error:
        raise OSError(f"no answer within {limit + _SPARE} s") from error
    if done.rc != 0:
        raise OSError(_last_line(done.stderr) or f"the probe ended with status {done.rc}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
