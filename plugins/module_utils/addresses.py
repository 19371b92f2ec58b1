"""Addresses as inventories, ss and the kernel write them: which are loopback, and how they are shown."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - what a door may listen on


def is_loopback(address: str) -> bool:
    """Tell whether only the host itself reaches an address; with brackets, a port of its own or a zone it is the same.

    >>> is_loopback("127.0.0.2"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("::")
    (True, True, True, False)
    """
    bare = plain(address)
    if bare == "localhost":
        return True
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or found
    return bool(inner.is_loopback)


def plain(address: str) -> str:
    """Return an address without brackets, zone and port.

    >>> plain("[fe80::1%eth0]:80"), plain("127.0.0.1:11434"), plain("::1")
    ('fe80::1', '127.0.0.1', '::1')
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]


def here(address: str) -> str:
    """Return where a client on the host itself finds what listens at an address: a wildcard is there on loopback.

    >>> here("0.0.0.0"), here("[::]"), here("192.0.2.7")
    ('127.0.0.1', '::1', '192.0.2.7')
    """
    bare = plain(address)
    return _EVERYWHERE.get(bare, bare)


def nearest(addresses: Iterable[str]) -> str:
    """Return at which of its addresses a client on the host itself finds a door: on loopback, where it is there.

    >>> nearest(["192.0.2.11", "::"]), nearest(["192.0.2.11", "127.0.0.2"])
    ('::1', '127.0.0.2')
    """
    at = [here(address) for address in addresses]
    return next((address for address in at if is_loopback(address)), (at or ["127.0.0.1"])[0])


def bracketed(address: str) -> str:
    """Return an address as it stands in a URL.

    >>> bracketed("2001:db8::11"), bracketed("192.0.2.11")
    ('[2001:db8::11]', '192.0.2.11')
    """
    return f"[{address}]" if ":" in address else address


def endpoint(address: str, port: int) -> str:
    """Return an address and a port as one text.

    >>> endpoint("2001:db8::11", 11434)
    '[2001:db8::11]:11434'
    """
    return f"{bracketed(address)}:{port}"
