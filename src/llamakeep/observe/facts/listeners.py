"""Who listens, in the host's own network namespace."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.sockets import listening
from ansible_collections.llamakeep.fleet.plugins.module_utils.systemd import socket_units

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.facts.cgroup import owners
from llamakeep.observe.seen import Listener

# Where there is no ss, the kernel's own tables do; sockets are matched to processes by their inode.
_QUESTION = r"""
groups() { grep -H -e '^0::' -e ':name=systemd:' "$@"; }
if command -v ss >/dev/null; then
    said=$(ss -Hltnp)
    printf '%s\n' "$said"
    set --
    for word in $(printf '%s\n' "$said" | sed -n 's/.*,pid=\([0-9]*\),.*/\1/p' | sort -u); do
        set -- "$@" "/proc/$word/cgroup"
    done
    [ $# = 0 ] || groups /proc/1/cgroup "$@"
    case $said in *',pid=1,'*) systemctl list-sockets --no-legend --no-pager | sed -n '/^[^\/]/s/^/unit /p' ;; esac
elif [ -r /proc/net/tcp ]; then
    echo 'proc'; cat /proc/net/tcp /proc/net/tcp6
    ls -l /proc/[0-9]*/fd | grep -e '^/proc' -e 'socket:'
    grep -H . /proc/[0-9]*/comm
    groups /proc/[0-9]*/cgroup
else
    echo 'darwin'; netstat -an -p tcp | grep LISTEN; lsof -nP -iTCP -sTCP:LISTEN -Fpcn
fi
"""

_USER = re.compile(r'\("(?P<program>[^"]*)",pid=(?P<pid>\d+)')
_DARWIN = re.compile(r"^(?P<family>tcp\d*)\s+\d+\s+\d+\s+(?P<address>\S+)\.(?P<port>\d+)\s+\S+\s+LISTEN")


class _Socket(NamedTuple):
    address: str
    port: int
    program: str | None
    pid: int | None


class ListenersFact(Fact[tuple[Listener, ...]]):
    """Listening TCP sockets; the program is known where we may ask as root.

    >>> (Listener(address="127.0.0.1", port=11434, program="systemd", pid=1, unit="ollama-api.socket"),)
    """

    name = "listeners"

    def question(self, ask: Ask) -> str:  # noqa: ARG002 - the same on every host
        """Ask ss and the control groups, else /proc; on macOS netstat and lsof."""
        return _QUESTION

    def parse(self, answer: str) -> tuple[Listener, ...]:
        """Read the rows of `ss -Hltnp`, the tables of /proc/net, or those of netstat and lsof."""
        lines = answer.splitlines()
        reader = {"proc": _from_proc, "darwin": _from_darwin}.get(lines[0] if lines else "", _from_ss)
        units, held = owners(lines), _socket_units(lines)
        found = {
            Listener(
                **socket._asdict(),
                unit=held.get((socket.address, socket.port), "") if socket.pid == 1 else units.get(socket.pid or 0, ""),
            )
            for socket in reader(lines)
        }
        return tuple(sorted(found, key=lambda one: (one.port, one.address, one.pid or 0)))


def _from_ss(lines: list[str]) -> Iterator[_Socket]:
    for line in lines:
        fields = line.split(None, 5)
        if len(fields) < 5 or fields[0] != "LISTEN":
            continue
        address, _, port = fields[3].rpartition(":")
        users = list(_USER.finditer(fields[5])) if len(fields) > 5 else []
        # A socket that systemd holds is systemd's, whichever service it was passed on to.
        user = next((one for one in users if one["pid"] == "1"), users[0] if users else None)
        yield _Socket(_plain(address), int(port), user["program"] if user else None, int(user["pid"]) if user else None)


def _plain(address: str) -> str:
    """Return an address of ss without brackets and interface.

    >>> _plain("[fe80::1]%eth0"), _plain("*")
    ('fe80::1', '::')
    """
    bare = address.partition("%")[0].strip("[]")
    return "::" if bare == "*" else bare


def _socket_units(lines: list[str]) -> dict[tuple[str, int], str]:
    """Return the unit of each socket that systemd holds; `systemctl list-sockets` stands behind the word unit."""
    return socket_units("\n".join(line.removeprefix("unit ") for line in lines if line.startswith("unit ")))


def _from_proc(lines: list[str]) -> Iterator[_Socket]:
    holders, names = _processes(lines)
    for one in listening("\n".join(lines)):
        pid = holders.get(one.inode)
        yield _Socket(one.address, one.port, names.get(pid) if pid is not None else None, pid)


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


def _from_darwin(lines: list[str]) -> Iterator[_Socket]:
    """Join netstat, which names no program, with lsof, which without root sees our own ones only."""
    users: dict[tuple[str, int], tuple[str, int]] = {}
    pid, program = 0, ""
    for line in lines:
        if user := re.match(r"p(\d+)$", line):
            pid = int(user[1])
        elif line.startswith("c"):
            program = line[1:]
        elif at := re.match(r"n(\S+):(\d+)$", line):
            users.setdefault((_plain(at[1]), int(at[2])), (program, pid))
    for line in lines:
        if row := _DARWIN.match(line):
            address, port = _plain(row["address"]), int(row["port"])
            known = users.get((address, port))
            everywhere = row["family"] == "tcp4" and address == "::"
            yield _Socket(
                "0.0.0.0" if everywhere else address,  # noqa: S104 - what it listens on
                port,
                known[0] if known else None,
                known[1] if known else None,
            )
