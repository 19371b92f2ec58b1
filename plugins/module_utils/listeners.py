"""Who listens on this host, as /proc tells it."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from typing import Any, NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.cgroup import owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.sockets import listening
from ansible_collections.llamakeep.fleet.plugins.module_utils.systemd import socket_units


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
                entries += [entry for entry in listening(file.read()) if entry.port == port]
        except FileNotFoundError:
            continue
    holders = _holders({entry.inode for entry in entries}, proc) if entries else {}
    return [_listener(*entry, holders=holders, proc=proc) for entry in entries]


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


def _listener(address: str, port: int, uid: int, inode: str, holders: dict[str, Any], proc: str) -> Listener:
    pids = holders.get(inode, [])
    if not pids:
        return Listener(address, port, _user(uid))
    if 1 in pids:
        # systemd itself listens for a socket unit, and hands the socket on to the service.
        unit = _socket_units().get((address, port), "")
        return Listener(address, port, "root", pids[0], _read(f"{proc}/{pids[0]}/comm"), unit=unit)
    pid = pids[0]
    belongs = owner(_read(f"{proc}/{pid}/cgroup"), _read(f"{proc}/1/cgroup"))
    command = _read(f"{proc}/{pid}/cmdline").partition("\0")[0]
    user = _user(os.stat(f"{proc}/{pid}").st_uid)
    return Listener(address, port, user, pid, _read(f"{proc}/{pid}/comm"), command, belongs.unit, belongs.container)


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
