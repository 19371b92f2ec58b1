"""Who listens on this host, as /proc tells it."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import socket
import struct
import subprocess
import sys
from typing import NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner

_LISTEN = "0A"


class Listener(NamedTuple):
    """A listening TCP socket and the program behind it; empty or 0 where that cannot be seen."""

    address: str
    port: int
    user: str
    pid: int = 0
    program: str = ""
    command: str = ""  # its first word alone: the others may hold a secret
    unit: str = ""  # "ollama.service", "ollama-api.socket", "session-3.scope"
    container: str = ""  # the first digits of its id


def on_port(port: int, proc: str = "/proc") -> list[Listener]:
    """Return every listener on a port, IPv4 and IPv6, in the host's own network."""
    entries = []
    for table in ("tcp", "tcp6"):
        try:
            with open(f"{proc}/net/{table}", encoding="ascii") as file:
                entries += [entry for entry in parse(file.read()) if entry[1] == port]
        except FileNotFoundError:
            continue
    holders = _holders({entry[3] for entry in entries}, proc) if entries else {}
    return [_listener(*entry, holders=holders, proc=proc) for entry in entries]


def parse(table: str) -> list[tuple[str, int, int, str]]:
    r"""Return address, port, user id and inode of each listening socket in the text of /proc/net/tcp or tcp6.

    >>> parse("  sl  local_address …\n   0: 0100007F:2CAA 00000000:0000 0A 0:0 00:0 0 998 0 40411 1 …")
    [('127.0.0.1', 11434, 998, '40411')]
    """
    found = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTEN:
            address, _colon, port = fields[1].partition(":")
            found.append((_address(address), int(port, 16), int(fields[7]), fields[9]))
    return found


def _address(text: str) -> str:
    """Return an address that the kernel wrote as 32-bit words in the byte order of the machine."""
    order = "<" if sys.byteorder == "little" else ">"
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    packed = struct.pack(f"{order}{len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)


def _holders(inodes: set[str], proc: str) -> dict[str, list[int]]:
    """Return the processes that hold each socket, the first one (systemd, as a rule) last."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, list[int]] = {}
    for pid in sorted((int(name) for name in os.listdir(proc) if name.isdigit()), key=lambda pid: (pid == 1, pid)):
        for link in _files(f"{proc}/{pid}") & wanted.keys():
            found.setdefault(wanted[link], []).append(pid)
    return found


def _files(process: str) -> set[str]:
    """Return where the open files of a process lead; empty where they may not be seen."""
    try:
        return _links(f"{process}/fd")
    except PermissionError:
        pass
    except OSError:
        return set()
    try:
        # Root without CAP_SYS_PTRACE, as in a container, sees as little as anyone; the program's own user sees it.
        seen = os.stat(process)
        with Owner(seen.st_uid, seen.st_gid).rights():
            return _links(f"{process}/fd")
    except OSError:
        return set()


def _links(folder: str) -> set[str]:
    found = set()
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(entry.path))
    return found


def _listener(address: str, port: int, uid: int, inode: str, holders: dict, proc: str) -> Listener:
    pids = holders.get(inode, [])
    if not pids:
        return Listener(address, port, _user(uid))
    if 1 in pids:
        # systemd itself listens for a socket unit, and hands the socket on to the service.
        unit = _socket_units().get((address, port), "")
        return Listener(address, port, "root", pids[0], _read(f"{proc}/{pids[0]}/comm"), unit=unit)
    pid = pids[0]
    unit, container = placed(_read(f"{proc}/{pid}/cgroup"), _read(f"{proc}/1/cgroup"))
    command = _read(f"{proc}/{pid}/cmdline").partition("\0")[0]
    owner = _user(os.stat(f"{proc}/{pid}").st_uid)
    return Listener(address, port, owner, pid, _read(f"{proc}/{pid}/comm"), command, unit, container)


def placed(cgroup: str, of_init: str) -> tuple[str, str]:
    r"""Return the unit and the container of a process from its /proc/<pid>/cgroup, given that of pid 1.

    >>> placed("0::/system.slice/ollama.service\n", "0::/init.scope\n")
    ('ollama.service', '')
    >>> placed("0::/system.slice/docker-4f1ba0c5e1d2….scope\n", "0::/init.scope\n")
    ('', '4f1ba0c5e1d2')
    """
    path, host = _systemd_path(cgroup), _systemd_path(of_init)
    # A host that is itself a container sees its own container's folder above everything.
    above = host[: -len("/init.scope")] if host.endswith("/init.scope") else ""
    path = path[len(above) :] if above and path.startswith(above) else path
    container = re.search(r"(?:docker|libpod|crio|containerd)[-/:]([0-9a-f]{12})[0-9a-f]{52}", path)
    if container:
        return "", container.group(1)
    units = [part for part in path.split("/") if part.endswith((".service", ".scope"))]
    return (units[-1] if units else ""), ""


def _systemd_path(cgroup: str) -> str:
    lines = [line.split(":", 2) for line in cgroup.splitlines()]
    paths = {line[1]: line[2] for line in lines if len(line) == 3}
    return paths.get("name=systemd") or paths.get("", "")


def _socket_units() -> dict[tuple[str, int], str]:
    """Return which socket unit listens where.

    >>> {("127.0.0.1", 11434): "ollama-api.socket", ("::", 22): "ssh.socket"}
    """
    command = ["systemctl", "list-sockets", "--all", "--full", "--no-legend", "--no-pager", "--plain"]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return socket_units(answer.stdout.decode(errors="replace"))


def socket_units(listing: str) -> dict[tuple[str, int], str]:
    """Parse what `systemctl list-sockets` prints: `127.0.0.1:11434 ollama-api.socket ollama-api.service`."""
    found = {}
    for line in listing.splitlines():
        listen, unit = [*line.split(), "", ""][:2]
        address, _colon, port = listen.rpartition(":")
        if port.isdigit():
            found[address.strip("[]").replace("*", "::").partition("%")[0], int(port)] = unit
    return found


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip("\n\0")
    except OSError:
        return ""
