"""Whether a service that runs answers whoever asks on this host: at its door, or on a port of its own."""

from __future__ import annotations

import contextlib
import http.client
import socket
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import here, is_loopback

PATIENCE = 15  # seconds; who is only slow must not be restarted, for that would cut what he does


def silent(
    unit: dict[str, Any], doors: list[dict[str, Any]], seen: dict[str, dict[str, Any]], patience: float = PATIENCE
) -> str:
    """Return what a unit leaves unanswered; empty: it answers, or nobody is there to (it is down, its door shut).

    >>> unit = {"name": "ollama.service", "answers": {"path": "/api/version"}}
    >>> silent(unit, doors=[{"name": "ollama-api", "into": "ollama.service", "port": 11434, "at": ["127.0.0.1"]}], seen)
    'active, and does not answer GET /api/version at 127.0.0.1 port 11434'
    """
    door = door_of(unit, doors)
    path, port = unit["answers"]["path"], door["port"] if door else unit["answers"].get("port")
    address = _nearest(door["at"]) if door else "127.0.0.1"
    is_there = all(seen.get(name, {}).get("ActiveState") == "active" for name in way_to(unit, doors))
    if not (port and address and is_there):
        return ""
    line = http.client.HTTPConnection(address, port, timeout=patience)
    with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
        line.request("GET", path, headers={"Host": "localhost", "Connection": "close"})
        if line.getresponse().status == 200:
            return ""
    return f"active, and does not answer GET {path} at {address} port {port}"


def door_of(unit: dict[str, Any], doors: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the door that leads into a unit, if one does."""
    return next((door for door in doors if door.get("into") == unit["name"]), None)


def way_to(unit: dict[str, Any], doors: list[dict[str, Any]]) -> list[str]:
    """Return the units that have to be active for an answer: the service, and the socket of its door."""
    door = door_of(unit, doors)
    return [unit["name"], *([f"{door['name']}.socket"] if door else [])]


def _nearest(addresses: list[str]) -> str:
    """Return loopback where a door stands there, else its first address that is this host's; empty: none is now.

    A door may wait for an address that comes later, or is another host's at the moment.
    """
    known = sorted(map(here, addresses), key=lambda address: not is_loopback(address))
    return next((address for address in known if _is_here(address)), "")


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
