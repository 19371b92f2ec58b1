"""The gateway: what it shows, whom it knows, and how the hosts behind it are."""

import json
import shlex
from functools import cache
from pathlib import Path

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.services.gateway.observed.ask import AskGateway
from llamakeep.services.gateway.observed.seen import SeenGateway

_NONE = "none"


class GatewayFact(Fact[SeenGateway | None]):
    """Version, certificate, names of keys and backends; None: the host is to be no gateway.

    >>> SeenGateway(answers=True, version="3.0.11-1+deb13u3", certificate=SeenCertificate(names=("chat.example.org",
    ...     "api.example.org"), issuer="llamakeep internal CA 07db0581", until="2027-02-21T00:50:08Z"),
    ...     keys=("ann",), backends=(SeenBackend(model="mistral:7b", host="llm1", up=True),))
    """

    name = "gateway"
    limit = 15

    def question(self, ask: Ask) -> str:
        """Ask by a program of ours: its source goes to the host's own Python."""
        at = ask.service(AskGateway)
        if at is None:
            return f"echo {_NONE}"
        words = shlex.join([at.address, str(at.port), at.domain, str(at.metrics_port)])
        return f'printf "%s" {shlex.quote(source())} | {shlex.quote(ask.python)} -I - {words}'

    def parse(self, answer: str) -> SeenGateway | None:
        """Read one JSON object; a host without Python says nothing, which is a gap."""
        if answer.strip() == _NONE:
            return None
        said = json.loads(answer)
        if not isinstance(said, dict):
            raise TypeError("no object in it")
        return gateway(said)


def gateway(said: dict[str, object]) -> SeenGateway:
    """Return what the program says of a gateway; whom its keys are for, only root could read."""
    parts = {name: said.get(name) for name in ("version", "certificate")}
    lists = {name: said.get(name) or () for name in ("keys", "backends")}
    return SeenGateway.model_validate({"answers": said["answers"], **parts, **lists})


@cache
def source() -> str:
    """Return the program that looks at a gateway."""
    return (Path(__file__).parent / "program.py").read_text(encoding="utf-8")
