"""Who listens, in the host's own network namespace."""

import ipaddress
import re
from collections.abc import Iterator

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Listener

# Where there is no ss, the kernel's own tables do; sockets are matched to processes by their inode.
_QUESTION = r"""
if command -v ss >/dev/null; then ss -Hltnp; else
    echo 'proc'; cat /proc/net/tcp /proc/net/tcp6
    ls -l /proc/[0-9]*/fd | grep -e '^/proc' -e 'socket:'
    grep -H . /proc/[0-9]*/comm
fi
"""

_USER = re.compile(r'\("(?P<program>[^"]*)",pid=(?P<pid>\d+)')
_ROW = re.compile(r"^\s*\d+: (?P<address>[0-9A-F]+):(?P<port>[0-9A-F]{4}) [0-9A-F:]+ 0A(?:\s+\S+){5}\s+(?P<inode>\d+)")


class ListenersFact(Fact[tuple[Listener, ...]]):
    """Listening TCP sockets; the program is known where we may ask as root.

    >>> (Listener(address="127.0.0.1", port=11434, program="systemd", pid=1),)
    """

    name = "listeners"

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask ss, else /proc/net."""
        return _QUESTION

    def parse(self, answer: str) -> tuple[Listener, ...]:
        """Read the rows of `ss -Hltnp`, or the tables of /proc/net/tcp."""
        lines = answer.splitlines()
        found = _from_proc(lines[1:]) if lines[:1] == ["proc"] else _from_ss(lines)
        return tuple(sorted(found, key=lambda one: (one.port, one.address)))


def _from_ss(lines: list[str]) -> Iterator[Listener]:
    for line in lines:
        fields = line.split(None, 5)
        if len(fields) < 5 or fields[0] != "LISTEN":
            continue
        address, _, port = fields[3].rpartition(":")
        users = list(_USER.finditer(fields[5])) if len(fields) > 5 else []
        # A socket that systemd holds is systemd's, whichever service it was passed on to.
        user = next((one for one in users if one["pid"] == "1"), users[0] if users else None)
        yield Listener(
            address=_plain(address),
            port=int(port),
            program=user["program"] if user else None,
            pid=int(user["pid"]) if user else None,
        )


def _plain(address: str) -> str:
    """Return an address of ss without brackets and interface.

    >>> _plain("[fe80::1]%eth0"), _plain("*")
    ('fe80::1', '::')
    """
    bare = address.partition("%")[0].strip("[]")
    return "::" if bare == "*" else bare


def _from_proc(lines: list[str]) -> Iterator[Listener]:
    holders, names = _processes(lines)
    for line in lines:
        row = _ROW.match(line)
        if row is None:
            continue
        pid = holders.get(row["inode"])
        yield Listener(
            address=_from_hex(row["address"]),
            port=int(row["port"], 16),
            program=names.get(pid) if pid is not None else None,
            pid=pid,
        )


def _processes(lines: list[str]) -> tuple[dict[str, int], dict[int | None, str]]:
    """Return inode -> pid of the sockets, and pid -> name of the program."""
    holders: dict[str, int] = {}
    names: dict[int | None, str] = {}
    pid = 0
    for line in lines:
        if folder := re.match(r"/proc/(\d+)/fd:$", line):
            pid = int(folder[1])
        elif socket := re.search(r"socket:\[(\d+)\]$", line):
            holders.setdefault(socket[1], pid)
        elif name := re.match(r"/proc/(\d+)/comm:(.*)$", line):
            names[int(name[1])] = name[2]
    return holders, names


def _from_hex(text: str) -> str:
    """Return the address that the kernel prints as words of 32 bits in the order of the machine.

    >>> _from_hex("0100007F")
    '127.0.0.1'
    """
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
