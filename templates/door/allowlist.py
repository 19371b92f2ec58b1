"""Who may come in: this host itself, and those whom the inventory names.

The firewall keeps everybody else away before they reach the door. This is the second lock: a firewall that somebody
stops or flushes by hand opens nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path


class Allowlist:
    """The addresses and networks in a file, one a line; without the file this host alone is let in."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.read = (-1, -1, -1)  # modified, size and inode of what was read last
        self.networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []

    def allows(self, accepted: socket.socket) -> bool:
        """Say whether a client may come in; a list that was changed counts from the next connection on."""
        try:
            came, to = address(accepted.getpeername()), address(accepted.getsockname())
        except OSError:
            return False  # it hung up again
        if came.is_loopback or came == to:
            return True
        self.refresh()
        return any(came in network for network in self.networks)

    def refresh(self) -> None:
        """Read the file again if it is another one; what cannot be read lets nobody in."""
        try:
            seen = self.path.stat()
            stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
            if stamp != self.read:
                lines = [line.strip() for line in self.path.read_text(encoding="ascii").splitlines()]
                self.networks = [ipaddress.ip_network(line) for line in lines if line and line[0] != "#"]
                self.read = stamp
        except (OSError, ValueError):
            self.networks, self.read = [], (-1, -1, -1)


def address(end: tuple[str, ...]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return one end of a connection without its port, and without the interface of a link-local one."""
    return ipaddress.ip_address(end[0].partition("%")[0])
