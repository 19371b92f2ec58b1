"""Doors: each is a socket unit outside and a program inside, always of the same shape."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint, is_loopback
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import PEM
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import endpoints

HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONTROL = "/opt/llamakeep/libexec/door-control"
CONFIGURATIONS = "/etc/llamakeep/doors"
RUNTIME = "/run/llamakeep-doors"
LONGEST_HEAD = 32768  # bytes; a request under way takes twice as much
LONG_BODY = 2**20  # bytes; of longer ones, where a door has a longest, only so many pass at a time
LONGEST_BODIES = 4
PATIENCE = 120  # seconds that a request waits for a service that is away
WAITS = (0, 1, 2, 5, 15, 60)  # seconds that a request may ask to be waited for (`Prefer: wait=`): the next one below
CHECK = "/opt/llamakeep/libexec/sealed"
INSIDE = "127.0.0.1"
LOOPBACK: dict[int, Address] = {4: ipaddress.IPv4Address("127.0.0.1"), 6: ipaddress.IPv6Address("::1")}


def expand(door: dict[str, Any]) -> dict[str, Any]:
    """Return a door with everything said that its templates ask for.

    >>> expand({"name": "ollama-api", "into": "ollama.service", "port": 11434, "at": ["127.0.0.1", "fd12::7"]})
    {"name": "ollama-api", "into": "ollama.service", "port": 11434, "upstream": 11434, "at": […], "sealed": True,
     "listens": [{"endpoint": "127.0.0.1:11434", "tls": False}, {"endpoint": "[fd12::7]:11434", "tls": True}],
     "tls": True, "beyond_loopback": True, "max_connections": 4096,
     "configuration": "/etc/llamakeep/doors/ollama-api.cfg", "allowlist": "/etc/llamakeep/doors/ollama-api", …}
    """
    if "out_of" in door:
        return expand_out(door)
    addresses = [_address(door["name"], address) for address in dict.fromkeys(door["at"])]
    if not addresses:
        raise Refusal(
            f"door {door['name']}",
            "has no address to listen on",
            id="door-without-address",
            expected="one at least: 127.0.0.1",
        )
    for name in door.get("names", []):
        _refuse_misspelt(door["name"], str(name))
    beyond = not all(is_loopback(str(address)) for address in addresses)
    tls = bool(door.get("tls")) and beyond
    return {
        "upstream": door["port"],
        "sealed": True,
        "max_connections": 4096,
        "longest_body": 0,
        "allowed_clients": [],
        "allowed_names": [],
        "names": [],
        "shares_network_with": [],
        "manage_at": "",  # where models are managed; then this door is for asking alone
        "users": None,  # of the host, who alone may come, beside root; the firewall sees to it
        **door,
        "tls": tls,
        "pem": PEM,
        "bearers": f"{CONFIGURATIONS}/{door['name']}.names",
        "endpoints": endpoints.for_door(),
        "configuration": f"{CONFIGURATIONS}/{door['name']}.cfg",
        "allowlist": f"{CONFIGURATIONS}/{door['name']}",
        "runtime": f"{RUNTIME}/{door['name']}",
        "state": f"{RUNTIME}/{door['name']}.state",
        "longest_head": LONGEST_HEAD,
        "long_body": LONG_BODY,
        "longest_bodies": LONGEST_BODIES,
        "patience": PATIENCE,
        "waits": WAITS,
        "listens": _listens(listening_at(addresses, tls=tls), door["port"], tls=tls),
        "reuses_port": tls and any(address.is_unspecified for address in addresses),
        "beyond_loopback": beyond,
    }


def listening_at(addresses: Iterable[str | Address], *, tls: bool) -> list[str]:
    """Return where a door listens: one with TLS also on loopback, so that its own host needs no certificate.

    >>> listening_at(["192.0.2.11"], tls=True)
    ['127.0.0.1', '192.0.2.11']
    """
    at = [ipaddress.ip_address(str(address)) for address in addresses]
    if not tls or all(is_loopback(str(one)) for one in at):
        return list(map(str, at))
    own = [LOOPBACK[4], *(LOOPBACK[one.version] for one in at if one.is_unspecified)]
    return [*map(str, dict.fromkeys([*(one for one in own if one not in at), *at]))]


def _listens(addresses: Iterable[str], port: int, *, tls: bool) -> list[dict[str, Any]]:
    """Return where a door listens, in the order in which systemd hands its sockets over, and where it speaks TLS."""
    return [{"endpoint": endpoint(one, port), "tls": tls and not is_loopback(one)} for one in addresses]


def expand_out(door: dict[str, Any]) -> dict[str, Any]:
    """Return a door out of a sealed network: it listens on loopback inside, and leads to one address and no other.

    One that says `verified_as` speaks TLS there: it shows the host's certificate, and wants to see one of that name.

    >>> expand_out({"name": "models", "out_of": "open-webui.service", "port": 11434, "to": "192.0.2.10:11434"})
    {"name": "models", "out_of": "open-webui.service", "listens": [{"endpoint": "127.0.0.1:11434", "tls": False}],
     "upstream": "192.0.2.10:11434", "allowed": "192.0.2.10", …}
    """
    host, _, port = str(door["to"]).rpartition(":")
    address = _address(door["name"], host.removeprefix("[").removesuffix("]"), verb="to lead to")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        remedy = "name an address and a port, such as 192.0.2.10:11434 or [2001:db8::10]:11434"
        raise Refusal(f"door {door['name']}", f"{door['to']!r} has no port", id="door-port-missing", remedy=remedy)
    inside = _address(door["name"], door.get("inside", INSIDE))
    return {
        "max_connections": 4096,
        "shares_network_with": [],
        "verified_as": "",
        **door,
        "sealed": False,
        "configuration": f"{CONFIGURATIONS}/{door['name']}.cfg",
        "pem": PEM,
        "listens": _listens([str(inside)], int(door["port"]), tls=False),
        "upstream": endpoint(str(address), int(port)),
        "allowed": str(address),
    }


def _refuse_misspelt(door: str, name: str) -> None:
    """Refuse a name by which nobody could ask, and which HAProxy could not read."""
    if not HOST_NAME.fullmatch(name):
        raise Refusal(
            f"door {door}",
            f"{name!r} is no name of a host",
            id="host-name-invalid",
            expected="letters, digits, dots, hyphens and underscores, such as gpu01.example",
            remedy="name it without scheme and port",
        )


def _address(name: str, address: str, verb: str = "to listen on") -> Address:
    try:
        return ipaddress.ip_address(address)
    except ValueError as error:
        remedy = "name the address itself, such as 192.0.2.10 or 2001:db8::10; no brackets, no port, no host name"
        raise Refusal(
            f"door {name}", f"{address!r} is no address {verb}", id="listen-address-invalid", remedy=remedy
        ) from error


def folders() -> list[dict[str, Any]]:
    """Return the folders in which every door's files lie."""
    return [{"path": path} for path in ("/opt/llamakeep", "/opt/llamakeep/libexec", "/etc/llamakeep", CONFIGURATIONS)]


def files(door: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of one door: its two units, what HAProxy reads, and the two programs that its units call.

    A door out carries everything unread, TLS too: systemd's own program does that, or HAProxy where TLS is its own.
    """
    unit = f"/etc/systemd/system/{door['name']}"
    service = f"{door['name']}.service"
    if "out_of" in door:
        units = [
            {
                "path": f"{unit}.{kind}",
                "template": f"door_out.{kind}.j2",
                "restarts": [f"{door['name']}.{kind}"],
                "door": door,
            }
            for kind in ("socket", "service")
        ]
        configuration = {
            "path": door["configuration"],
            "template": "door_out.cfg.j2",
            "reloads": [service],
            "door": door,
        }
        return [*units, configuration] if door["verified_as"] else units
    named = {"path": door["bearers"], "template": "door.names.j2", "reloads": [service], "door": door}
    return [
        {
            "path": f"{unit}.socket",
            "template": "door.socket.j2",
            "restarts": [f"{door['name']}.socket"],
            "door": door,
        },
        {"path": f"{unit}.service", "template": "door.service.j2", "restarts": [service], "door": door},
        {"path": CHECK, "template": "sealed.sh", "mode": "0755"},
        {"path": CONTROL, "template": "door_control.py", "mode": "0755"},
        {"path": door["configuration"], "template": "door.cfg.j2", "reloads": [service], "door": door},
        {"path": door["allowlist"], "template": "door.allowlist.j2", "reloads": [service], "door": door},
        *([named] if door["tls"] else []),
    ]


def units(door: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the units of one door: the socket waits always, HAProxy comes when someone connects."""
    others = door["shares_network_with"] if door["sealed"] else []
    shared = {"shares_network_with": others} if others else {}
    return [
        {"name": f"{door['name']}.socket", "state": "started", "enabled": True},
        {
            "name": f"{door['name']}.service",
            "state": "any",
            "enabled": False,
            "sealed": door["sealed"],
            **shared,
        },
    ]
