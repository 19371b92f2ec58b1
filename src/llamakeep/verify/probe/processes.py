"""Who is who on the host: processes, the unit each belongs to, their namespaces and sockets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.cgroup import owner


class Process:
    """One process as /proc shows it to anybody."""

    def __init__(self, pid: int) -> None:
        """Read what needs no privilege."""
        here = Path("/proc") / str(pid)
        status = dict(line.split(":", 1) for line in (here / "status").read_text().splitlines() if ":" in line)
        self.pid = pid
        self.program = status["Name"].strip()
        self.uid = int(status["Uid"].split()[1])
        self.gid = int(status["Gid"].split()[1])
        self.unit = str(owner((here / "cgroup").read_text(), _of_init()))


@cache
def _of_init() -> str:
    return Path("/proc/1/cgroup").read_text()


def everyone() -> list[Process]:
    """Return every process that still lives when it is read."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append(Process(int(entry.name)))
            except (FileNotFoundError, ProcessLookupError, KeyError):
                continue  # it ended between the two looks
    return found


def as_user(uid: int, gid: int, work: Callable[[], Any]) -> Any:
    """Do `work` in a child that is that user and nobody else; return its (JSON) result."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            with os.fdopen(writer, "w") as out:
                json.dump(work(), out)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise OSError(f"nothing could be done as user {uid} (status {status})")
    return json.loads(text)


def namespaces(processes: Iterable[Process]) -> dict[int, str | None]:
    """Return the network namespace of each process, None where it could not be read.

    >>> {145: "net:[4026532873]"}
    """
    return _of_each(processes, _namespace)


def named(own: list[Process]) -> list[dict[str, Any]]:
    """Return what is said of the processes of a service.

    >>> [{"pid": 145, "program": "ollama", "namespace": "net:[4026532873]"}]
    """
    spaces = namespaces(own)
    return [{"pid": p.pid, "program": p.program, "namespace": spaces.get(p.pid)} for p in own]


def sockets(processes: Iterable[Process], wanted: set[int]) -> dict[int, list[int]]:
    """Return which of the wanted socket inodes each process holds.

    >>> {1: [48212], 145: []}
    """
    held = _of_each(processes, lambda pid: [inode for inode in _inodes(pid) if inode in wanted])
    return {pid: inodes or [] for pid, inodes in held.items()}


def environment(process: Process) -> dict[str, str]:
    """Return the variables with which a process was started."""
    text = _of_each([process], lambda pid: (Path("/proc") / str(pid) / "environ").read_bytes().decode(errors="replace"))
    if text[process.pid] is None:
        raise OSError(f"the environment of process {process.pid} cannot be read")
    return dict(entry.split("=", 1) for entry in text[process.pid].split("\0") if "=" in entry)


def _of_each(processes: Iterable[Process], look: Callable[[int], Any]) -> dict[int, Any]:
    """Look at each process as root, and where root may not (a container without CAP_SYS_PTRACE) as its owner."""
    seen: dict[int, Any] = {}
    denied: dict[tuple[int, int], list[int]] = {}
    for process in processes:
        try:
            seen[process.pid] = look(process.pid)
        except PermissionError:
            denied.setdefault((process.uid, process.gid), []).append(process.pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
    for (uid, gid), pids in denied.items():
        sys.stdout.flush()
        answers = as_user(uid, gid, partial(_each_or_none, look, pids))
        seen.update({int(pid): answer for pid, answer in answers.items()})
    return seen


def _each_or_none(look: Callable[[int], Any], pids: list[int]) -> dict[int, Any]:
    found = {}
    for pid in pids:
        try:
            found[pid] = look(pid)
        except OSError:
            found[pid] = None
    return found


def _namespace(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def _inodes(pid: int) -> Iterable[int]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            yield int(target[8:-1])
