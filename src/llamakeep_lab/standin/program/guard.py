"""Who may ask: the Host header (against DNS rebinding) and the Origin header (against foreign pages)."""

from __future__ import annotations

import ipaddress
import socket

_LOCAL_NAMES = (".localhost", ".local", ".internal")
_EXTENSIONS = ("chrome-extension://", "safari-extension://", "moz-extension://", "ms-browser-extension://")
_PRIVATE = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


def host_allowed(header: str) -> bool:
    """Tell whether a server that listens on loopback answers to that Host header.

    >>> host_allowed("localhost:11434"), host_allowed("evil.example")
    (True, False)
    """
    host = _without_port(header).lower()
    address = _address(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified or _is_private(address) or _is_own(address)
    return host in ("", "localhost", socket.gethostname().lower()) or host.endswith(_LOCAL_NAMES)


def origin_allowed(origin: str, host: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether a page from that origin may read the answers; a page of this server's own may.

    >>> origin_allowed("http://localhost:3000", "127.0.0.1:11434", ("http://localhost:*",))
    True
    """
    if origin in (f"http://{host}", f"https://{host}") or origin.startswith(_EXTENSIONS):
        return True
    return any(_matches(pattern, origin) for pattern in allowed)


def _matches(pattern: str, origin: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == origin
    return len(origin) >= len(head) + len(tail) and origin.startswith(head) and origin.endswith(tail)


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0] if header.count(":") == 1 else header


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in net for net in _PRIVATE if net.version == address.version)


def _is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Only an address of this machine can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
