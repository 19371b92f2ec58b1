"""Our units, and the network that their processes see."""

import re
import shlex

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint
from ansible_collections.llamakeep.fleet.plugins.module_utils.network import interfaces, routes
from ansible_collections.llamakeep.fleet.plugins.module_utils.sockets import listening

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import SeenUnit

# A process that systemd still prepares, named "(ollama)" or as systemd itself, has not entered its unit's network.
# What listens is asked only where nothing but loopback is: elsewhere the sockets are the whole host's.
_QUESTION = r"""
command -v systemctl >/dev/null && [ -d /run/systemd/system ] || { echo 'no systemd'; exit 0; }
shown=$(systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -p MainPID -- "$@")
printf '%s\n' "$shown"
IFS='
'
for line in $shown; do
    case $line in MainPID=[1-9]*) pid=${line#MainPID=} ;; *) continue ;; esac
    net=/proc/$pid/net
    [ -r "$net/dev" ] || continue
    comm=
    read -r comm 2>/dev/null <"/proc/$pid/comm"
    case $comm in '('*|systemd*) continue ;; esac
    printf '\nnet=%s\n' "$pid"
    open=
    while IFS=' :' read -r name _; do
        case $name in Inter-\||face|lo|'') ;; *) open=yes ;; esac
    done <"$net/dev"
    cat "$net/dev" "$net/route" "$net/ipv6_route" | head -n 2000
    [ -n "$open" ] || grep -h ' 0A ' "$net/tcp" "$net/tcp6"
done
"""


class ServicesFact(Fact[tuple[SeenUnit, ...]]):
    """State of each unit; for a running one its interfaces, its routes past loopback, and who listens inside.

    >>> (SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=812,
    ...           interfaces=("lo",), routes=0, listens=("127.0.0.1:11434",)),)
    """

    name = "services"

    def question(self, ask: Ask) -> str:
        """Ask systemd for the units, and the kernel for the network of their main processes."""
        if not ask.units:
            return "echo 'no units'"  # systemctl would speak of itself
        return f"set -- {shlex.join(ask.units)}\n{_QUESTION}"

    def parse(self, answer: str) -> tuple[SeenUnit, ...]:
        """Read a block of `Name=value` lines for each unit, and one of the kernel's tables for each process."""
        if answer.strip() in {"no systemd", "no units"}:
            return ()
        blocks = [block.strip("\n") for block in re.split(r"\n\n+", answer) if block.strip()]
        networks = {int(found[1]): block for block in blocks if (found := re.match(r"net=(\d+)(?:\n|$)", block))}
        return tuple(_service(block, networks) for block in blocks if not block.startswith("net="))


def _service(block: str, networks: dict[int, str]) -> SeenUnit:
    said = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    missing = said["LoadState"] == "not-found"
    pid = int(said.get("MainPID") or 0)
    network = networks.get(pid)
    return SeenUnit(
        unit=said["Id"],
        active="missing" if missing else said["ActiveState"],
        enabled="" if missing else said["UnitFileState"],
        pid=pid or None,
        interfaces=tuple(interfaces(network)) if network is not None else None,
        routes=len(routes(network)) if network is not None else None,
        listens=tuple(endpoint(one.address, one.port) for one in listening(network or "")),
    )
