"""Our units, and the network that their processes see."""

import re
import shlex

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Service

_QUESTION = r"""
command -v systemctl >/dev/null && [ -d /run/systemd/system ] || { echo 'no systemd'; exit 0; }
for unit do
    echo "unit=$unit"
    systemctl show -p LoadState -p ActiveState -p UnitFileState -p MainPID -- "$unit"
    pid=$(systemctl show -p MainPID --value -- "$unit")
    if [ "${pid:-0}" != 0 ] && [ -r "/proc/$pid/net/dev" ]; then
        sed -n 's/^ *\([^ :|]*\):.*/interface=\1/p' "/proc/$pid/net/dev"
        sed 's/^/route=/' "/proc/$pid/net/route"
        sed 's/^/route6=/' "/proc/$pid/net/ipv6_route"
    fi
done
"""


class ServicesFact(Fact[tuple[Service, ...]]):
    """State of each unit; for a running one its interfaces, and its routes past loopback.

    >>> (Service(unit="ollama.service", active="active", enabled="enabled", pid=812,
    ...          interfaces=("lo",), routes=0),)
    """

    name = "services"

    def question(self, ask: Ask) -> str:
        """Ask systemd for the units, and the kernel for the network of their main processes."""
        return f"set -- {shlex.join(ask.units)}\n{_QUESTION}"

    def parse(self, answer: str) -> tuple[Service, ...]:
        """Read one block of `name=value` lines for each unit."""
        if answer.strip() == "no systemd":
            return ()
        blocks = re.split(r"^unit=", answer, flags=re.MULTILINE)[1:]
        return tuple(_service(block) for block in blocks)


def _service(block: str) -> Service:
    unit, *lines = block.splitlines()
    said: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition("=")
        said.setdefault(name, []).append(value)
    missing = said["LoadState"] == ["not-found"]
    pid = int(said.get("MainPID", ["0"])[0])
    interfaces = said.get("interface")
    return Service(
        unit=unit,
        active="missing" if missing else said["ActiveState"][0],
        enabled="" if missing else said["UnitFileState"][0],
        pid=pid or None,
        interfaces=tuple(interfaces) if interfaces is not None else None,
        routes=_routes(said) if interfaces is not None else None,
    )


def _routes(said: dict[str, list[str]]) -> int:
    """Count the routes that lead past loopback; the first line of the IPv4 table is its heading."""
    four = [line for line in said.get("route", [])[1:] if line.split()[:1] not in ([], ["lo"])]
    six = [line for line in said.get("route6", []) if line.split()[-1:] not in ([], ["lo"])]
    return len(four) + len(six)
