"""The network that a process sees, from /proc/<pid>/net: interfaces, routes, listeners."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils import network
from ansible_collections.llamakeep.fleet.plugins.module_utils import sockets as tables

_GLOBAL = "00"  # the scope of an address that is neither link-local nor loopback


def listening(v4: str, v6: str) -> list[dict[str, Any]]:
    """Return the listening sockets in /proc/<pid>/net/{tcp,tcp6}.

    >>> [{"address": "127.0.0.1", "port": 11434, "inode": 48212}]
    """
    return [
        {"address": one.address, "port": one.port, "inode": int(one.inode)}
        for one in [*tables.listening(v4), *tables.listening(v6)]
    ]


def global_v6() -> list[str]:
    """Return the host's own IPv6 addresses on interfaces that lead out: those that an inventory forgets.

    >>> ["2001:db8::11"]
    """
    leads_out = {
        fields[9] for fields in map(str.split, _read(Path("/proc/net/ipv6_route")).splitlines()) if _default(fields)
    }
    return [
        socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[0]))
        for fields in map(str.split, _read(Path("/proc/net/if_inet6")).splitlines())
        if len(fields) >= 6 and fields[3] == _GLOBAL and fields[5] in leads_out
    ]


def seen_by(pid: str) -> dict[str, Any]:
    """Return what one process sees.

    >>> {"interfaces": ["lo"], "routes": [], "listeners": [{"address": "127.0.0.1", "port": 11434, "inode": 7}]}
    """
    net = Path("/proc") / pid / "net"
    return {
        "interfaces": network.interfaces((net / "dev").read_text()),
        "routes": network.routes(_read(net / "route") + _read(net / "ipv6_route")),
        "listeners": listening(_read(net / "tcp"), _read(net / "tcp6")),
    }


def of_service(pid: int) -> dict[str, Any] | None:
    """Return what the main process of a service sees; None where it has none."""
    try:
        if pid and _read(Path(f"/proc/{pid}/comm")).startswith(("(", "systemd")):  # not in its unit's network yet
            raise OSError("the service was being started while it was looked at")
        return seen_by(str(pid)) if pid else None
    except FileNotFoundError as error:
        raise OSError("the service ended while it was looked at") from error


def _default(fields: list[str]) -> bool:
    """Whether a line of /proc/net/ipv6_route is a default route that is no dead end."""
    return len(fields) >= 10 and fields[0] == "0" * 32 and fields[1] == "00" and fields[9] != "lo"


def _read(path: Path) -> str:
    # A kernel without IPv6 has no such file; an empty one says the same.
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
