"""Restoring a backup: it is checked before anything is touched; what was there comes back where it does not answer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import archive
import make
import place
import schema
import swap
from place import DATABASE, Refusal, owner_of

UNIT = "open-webui.service"
SECRET = 64 * 1024  # bytes that a secret may have
JOURNAL_LINES = 12


class Failed(Refusal):
    """What was tried did not work; what was there before is back."""


class Unpacked:
    """A backup in a folder beside the data, on the same disk, as the one whom the data belong to."""

    def __init__(self, chat: place.Chat, path: Path) -> None:
        self.data = chat.data
        self.path = path
        self.secrets: dict[str, bytes] = {}
        self.manifest: dict[str, Any] = {}

    def lay(self, name: str, file: Any) -> None:
        """Write one member."""
        area, _, inner = name.partition("/")
        if area == "keys":
            self.secrets[inner] = file.read(SECRET)
            return
        target = self.data / swap.NEW / inner
        with owner_of(self.data):
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except OSError as error:
                raise Refusal(target, str(error.strerror), remedy="nothing was touched") from error
        with open(handle, "wb") as out:  # noqa: PTH123
            while piece := file.read():
                try:
                    out.write(piece)
                except OSError as error:
                    raise Refusal(target, str(error.strerror), remedy="make room there; nothing was touched") from error

    def check(self) -> dict[str, Any]:
        """Refuse what could not be started."""
        if not self.secrets.get("secret_key") or f"data/{DATABASE}" not in self.manifest["members"]:
            raise Refusal(self.path, "holds no database, or no key for it", remedy="name another backup")
        try:
            with schema.opened(self.data / swap.NEW) as database:
                said = database.execute("pragma quick_check").fetchone()[0]
                revision, counted = schema.of(database), schema.counts(database)
        except sqlite3.Error as error:
            said = str(error)
        if said != "ok":
            raise Refusal(
                self.path, f"its database is broken: {said}", remedy="name another backup; nothing was touched"
            )
        if not schema.reads(place.CURRENT.resolve(), revision):
            raise Refusal(
                self.path,
                f"is of Open WebUI {self.manifest['version']}, whose database (schema {revision})"
                f" {make.version()} of this host cannot read",
                f"one of {make.version()}, or of an older version",
                f"set open_webui_version to {self.manifest['version']} or a newer one and run the playbook,"
                " then restore; nothing was touched",
            )
        return {"schema": revision, **counted}


@contextlib.contextmanager
def unpacked(chat: place.Chat, path: Path) -> Iterator[tuple[Unpacked, dict[str, Any]]]:
    """Unpack a backup and check all of it; nothing of the chat's own is touched, and nothing is left."""
    manifest = archive.read(path)
    total = sum(said["size"] for said in manifest["members"].values())
    place.need(chat.data, total, "for the backup beside what is there")
    found = Unpacked(chat, path)
    with owner_of(chat.data):
        swap.sweep(chat.data / swap.NEW)
        (chat.data / swap.NEW).mkdir(mode=0o700)
    try:
        found.manifest = archive.unpack(path, found.lay)
        yield found, found.check()
    finally:
        with owner_of(chat.data):
            swap.sweep(chat.data / swap.NEW)


def check(chat: place.Chat, name: str) -> dict[str, Any]:
    """Say what a backup holds, and what is there now that it would replace."""
    path = within(chat, name)
    with place.alone(chat.folder / ".lock"), unpacked(chat, path) as (found, counted):
        said = {**make.described(path, found.manifest), **counted}
    now: dict[str, int | None] = {"users": None, "chats": None}
    if chat.has_database():
        with contextlib.suppress(sqlite3.Error), schema.opened(chat.data) as database:
            now = schema.counts(database)
    return {"backup": said, "now": {"version": make.version(), **now}}


def restore(chat: place.Chat, name: str) -> dict[str, Any]:
    """Have the chat be what a backup says; return what is there now, and the backup of what was there before."""
    path = within(chat, name)
    with place.alone(chat.folder / ".lock"), unpacked(chat, path) as (found, counted):
        place.need(chat.folder, 2 * make.size(chat.data), "for a backup of what is there now")
        done = {**make.described(path, found.manifest), **counted}
        try:
            with swap.lock():
                stop()
                swap.mend(chat.data)
                safety = make.make_alone(chat, "restore", spare=path.name)["name"] if chat.has_database() else None
                swap.there(chat.data, found.secrets)
        except BaseException:
            with swap.lock():
                swap.mend(chat.data)
            start()
            raise
        said = start()
        if said is not None:
            systemctl("stop", UNIT)
            with swap.lock():
                swap.undo(chat.data)
            now = "serves again" if start() is None else "does not answer either"
            raise Failed(
                path, f"the chat does not answer with it\n{said}", remedy=f"what was there before is back, and {now}"
            )
        left = clear(chat, path)
    return {"restored": done, "safety": safety, "left": left}


def clear(chat: place.Chat, path: Path) -> str:
    """Remove what was there before, and backups beyond those to keep; return what could not be removed."""
    try:
        swap.keep(chat.data)
        make.prune(chat, "restore", spare=path.name)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return ""


def stop() -> None:
    """Stop the chat, or refuse: what it would still write would be lost. No start of it gets past the lock."""
    if systemctl("stop", UNIT) != 0:
        raise Refusal(UNIT, "cannot be stopped", remedy=f"systemctl status {UNIT}; nothing was touched")


def start() -> str | None:
    """Start the chat and wait until it answers; return None, or what its journal says where it does not."""
    systemctl("reset-failed", UNIT)
    if systemctl("restart", UNIT) == 0:
        return None
    ask = ["journalctl", "--unit", UNIT, "--no-pager", "--output", "cat", "--lines", str(JOURNAL_LINES)]
    lines = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False).stdout.splitlines()
    return "\n".join(f"    {line}" for line in lines)


def systemctl(*words: str) -> int:
    return subprocess.run(["systemctl", *words], stderr=subprocess.DEVNULL, check=False).returncode


def within(chat: place.Chat, name: str) -> Path:
    """Return the path of a backup by its name."""
    if not archive.NAME.fullmatch(name):
        raise Refusal(name, "is no name of a backup", remedy="llamakeep restore --list names those that are there")
    return chat.folder / name


def drain(_name: str, file: Any) -> None:
    """Read a member to its end and keep nothing of it."""
    while file.read():
        pass


def hashed_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def receive(chat: place.Chat, name: str, size: int, sha256: str, stream: Any) -> dict[str, Any]:
    """Take a backup that comes in from elsewhere, whole or not at all."""
    path = within(chat, name)
    place.need(chat.folder, size, "for the backup that comes in")
    with place.alone(chat.folder / ".lock"):
        staged = chat.folder / f"{make.STAGING}in" / name
        shutil.rmtree(staged.parent, ignore_errors=True)
        staged.parent.mkdir(mode=0o700)
        try:
            with staged.open("wb") as file:
                hashed = archive.Hashed(stream)
                while piece := hashed.read():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if hashed.seen() != {"sha256": sha256, "size": size}:
                raise Refusal(path, "did not come in whole", remedy="send it again")
            # All of it is read before it may take the name of one that is there already.
            archive.unpack(staged, drain)
            if path.exists():
                if hashed_of(path) != sha256:
                    raise Refusal(
                        path,
                        "is there already, and is another one",
                        remedy="restore that one by its name alone, or give this file another name",
                    )
            else:
                staged.replace(path)
                place.sync(chat.folder)
        finally:
            shutil.rmtree(staged.parent)
    return {"name": name, "path": str(path), "size": size}
