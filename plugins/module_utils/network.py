"""The network that a process sees, in the kernel's own words: interfaces, and routes that lead past loopback."""

from __future__ import annotations

import re
import socket

from ansible_collections.llamakeep.fleet.plugins.module_utils.sockets import address

_DEVICE = re.compile(r"^ *([^ :|]+): *\d+ +\d+ +\d+ +\d+ +\d+ +\d+ ", re.MULTILINE)


def interfaces(text: str) -> list[str]:
    """Return the names in /proc/<pid>/net/dev, also where other tables follow.

    >>> ["lo", "eth0"]
    """
    return _DEVICE.findall(text)


def routes(text: str) -> list[str]:
    """Return every route that leaves the loopback, from /proc/<pid>/net/route and ipv6_route, one behind the other.

    >>> ["0.0.0.0/0 via eth0", "fd00::/64 via eth0"]
    """
    found = []
    for fields in map(str.split, text.splitlines()):
        if len(fields) >= 8 and re.fullmatch(r"[0-9A-F]{8}", fields[1]) and fields[0] != "lo":
            found.append(f"{address(fields[1])}/{_bits(fields[7])} via {fields[0]}")
        elif len(fields) >= 10 and re.fullmatch(r"[0-9a-f]{32}", fields[0]) and fields[9] != "lo":
            six = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[0]))
            found.append(f"{six}/{int(fields[1], 16)} via {fields[9]}")
    return found


def _bits(mask: str) -> int:
    return bin(int(mask, 16)).count("1")  # noqa: FURB161 - int.bit_count is younger than Python 3.9
