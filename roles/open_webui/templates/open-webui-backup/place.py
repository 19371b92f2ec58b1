"""Where a chat has its data, its keys and its backups on this host; and how this program says no."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONFIG = Path("/etc/llamakeep/open-webui-backup.json")
KEYS = Path("/etc/llamakeep/open_webui")
CURRENT = Path("/opt/llamakeep/open_webui/current")
STATE = Path("/var/lib/llamakeep/open_webui")
RECEIPT = Path("/var/lib/llamakeep/receipt.json")

DATABASE = "webui.db"
# A disk filled to its last byte stops more than this program: so much stays free.
RESERVE = 64 * 1024 * 1024


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault of the program
    """A place, a finding, an expectation, a remedy."""

    def __init__(self, place: object, found: str, expected: str = "", remedy: str = "") -> None:
        super().__init__(f"{place}: {found}")
        lines = [f"{place}: {found}", expected and f"  expected: {expected}", remedy and f"  → {remedy}"]
        self.text = "\n".join(filter(None, lines))


class Chat:
    """What the role says of this host: `{"data": …, "folder": …, "keep": 7, "host": "chat1", "elsewhere": false}`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.data = Path(settings["data"])
        self.folder = Path(settings["folder"])
        self.keep = settings["keep"]
        self.host = settings["host"]
        self.elsewhere = settings["elsewhere"]  # the database is on a server of its own

    def has_database(self) -> bool:
        """Say whether there is anything yet."""
        with owner_of(self.data):
            return (self.data / DATABASE).exists()


def chat() -> Chat:
    """Return this host's chat."""
    try:
        found = Chat(json.loads(CONFIG.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise Refusal(CONFIG, f"cannot be read: {error}", remedy="run the playbook of the chat again") from error
    return found


def refuse_elsewhere(chat: Chat) -> None:
    """Refuse a chat whose database is no file of this host."""
    if chat.elsewhere:
        raise Refusal(
            chat.host,
            "its database is on a server of its own, which this program does not copy",
            remedy="back it up there (pg_dump), together with /etc/llamakeep/open_webui/secret_key of this host",
        )


@contextlib.contextmanager
def owner_of(data: Path) -> Iterator[None]:
    """Be the user whom the data belong to: what he could have laid there must not lead root astray."""
    if os.geteuid() != 0:
        yield
        return
    seen, groups = data.stat(), os.getgroups()
    os.setgroups([seen.st_gid])
    os.setegid(seen.st_gid)
    os.seteuid(seen.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock; whoever asks for it meanwhile waits."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync(folder: Path) -> None:
    """Have the names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def need(folder: Path, size: int, why: str) -> None:
    """Refuse a disk on which a number of bytes has no room."""
    free = shutil.disk_usage(folder).free
    if size + RESERVE > free:
        raise Refusal(
            folder,
            f"{free // 2**20} MiB are free on this disk",
            f"{(size + RESERVE) // 2**20 + 1} MiB: {why}",
            "make room there; nothing was touched",
        )
