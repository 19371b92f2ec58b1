"""The kernel's own tables of sockets, /proc/net/tcp and tcp6."""

from __future__ import annotations

import socket
import struct
import sys
from typing import NamedTuple

_LISTEN = "0A"  # TCP_LISTEN, as the kernel prints a state


class Listening(NamedTuple):
    """One socket that listens."""

    address: str
    port: int
    uid: int
    inode: str


def listening(table: str) -> list[Listening]:
    r"""Return every socket that listens in the text of /proc/net/tcp or tcp6, in its order; heads are passed over.

    >>> listening("  sl  local_address …\n   0: 0100007F:2CAA 00000000:0000 0A 0:0 00:0 0 998 0 40411 1 …")
    [Listening(address='127.0.0.1', port=11434, uid=998, inode='40411')]
    """
    found = []
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTEN and fields[0].endswith(":"):
            at, _colon, port = fields[1].partition(":")
            found.append(Listening(address(at), int(port, 16), int(fields[7]), fields[9]))
    return found


def address(text: str) -> str:
    """Return an address that the kernel wrote as 32-bit words in the byte order of the machine.

    >>> address("0100007F")
    '127.0.0.1'
    """
    order = "<" if sys.byteorder == "little" else ">"
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = struct.pack(f"{order}{len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)
