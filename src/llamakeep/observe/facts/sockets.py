"""The kernel's own tables of sockets, /proc/net/tcp and tcp6."""

import ipaddress
import re

_ROW = re.compile(r"^\s*\d+: (?P<address>[0-9A-F]+):(?P<port>[0-9A-F]{4}) [0-9A-F:]+ 0A(?:\s+\S+){5}\s+(?P<inode>\d+)")


def listening(table: str) -> list[tuple[str, int, str]]:
    r"""Return address, port and inode of every socket that listens.

    >>> listening("   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 998 0 40411 1")
    [('127.0.0.1', 11434, '40411')]
    """
    rows = [row for line in table.splitlines() if (row := _ROW.match(line))]
    return sorted({(_address(row["address"]), int(row["port"], 16), row["inode"]) for row in rows})


def _address(text: str) -> str:
    """Return the address that the kernel prints as words of 32 bits in the order of the machine.

    >>> _address("0100007F")
    '127.0.0.1'
    """
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
