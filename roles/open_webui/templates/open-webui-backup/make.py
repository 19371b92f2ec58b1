"""Making a backup while the chat is in use, and throwing old ones away."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import archive
import place
import schema
from place import DATABASE, Refusal, owner_of

REASONS = ("hand", "schedule", "version", "restore")
TREES = ("uploads", "vector_db")
LOG = "audit.log"
SECRETS = ("secret_key", "admin")
TRIES = 3  # for files that change while they are read
STAGING = ".making-"


def make(chat: place.Chat, reason: str) -> dict[str, Any]:
    """Make one backup and return what is in it: its name, its size, and all of its manifest but the members."""
    with place.alone(chat.folder / ".lock"):
        return make_alone(chat, reason)


def make_alone(chat: place.Chat, reason: str, spare: str = "") -> dict[str, Any]:
    """Do it as one who holds the lock already; `spare` is a backup that stays, however old it is."""
    if not chat.has_database():
        raise Refusal(chat.data, "there is no database yet", remedy="start the chat once")
    sweep(chat)
    place.need(chat.folder, 2 * size(chat.data), "for the backup while it is made")
    staging = Path(tempfile.mkdtemp(dir=chat.folder, prefix=STAGING))
    try:
        name, manifest = packed(chat, reason, staging)
    finally:
        shutil.rmtree(staging)
    removed = prune(chat, reason, spare)
    return {**described(chat.folder / name, manifest), "removed": removed}


def packed(chat: place.Chat, reason: str, staging: Path) -> tuple[str, dict[str, Any]]:
    """Fill the staging folder, and write the archive beside its place; it takes that when it is whole."""
    about, sources = staged(chat, reason, staging)
    now = time.gmtime()
    host = re.sub(r"[^\w.-]", "_", chat.host, flags=re.ASCII)
    name = f"open-webui-{host}-{time.strftime('%Y%m%dT%H%M%SZ', now)}-{about['version']}-{reason}.tar.gz"
    for left in reversed(range(TRIES)):
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", now)
        manifest = {"format": archive.FORMAT, "reason": reason, "made": made, "host": chat.host, **about}
        manifest["members"] = archive.looked_at(sources)
        if reason != "restore" and "keys/secret_key" not in manifest["members"]:
            raise Refusal(
                place.KEYS / "secret_key",
                "is missing: a backup without it could not be restored",
                remedy="restart open-webui.service, which makes one; the backups that are there stay",
            )
        written = staging / "archive"
        try:
            archive.write(written, manifest, sources)
            break
        except archive.Changed as changed:
            written.unlink()
            if not left:
                raise Refusal(chat.data / str(changed), "changes while it is read", remedy="try again") from changed
    written.replace(chat.folder / name)
    place.sync(chat.folder)
    return name, manifest


def staged(chat: place.Chat, reason: str, staging: Path) -> tuple[dict[str, Any], archive.Sources]:
    """Return what the manifest says of the database, and where each member is read: what changes, from a copy."""
    about: dict[str, Any] = {"version": version(), "kit": kit()}
    found: dict[str, Path | None]
    try:
        about |= snapshot(chat.data, staging / DATABASE)
        found = {f"data/{DATABASE}": staging / DATABASE}
    except sqlite3.Error as error:
        if reason != "restore":
            raise Refusal(
                chat.data / DATABASE, f"cannot be copied: {error}", remedy="llamakeep restore brings a whole one back"
            ) from error
        # What is to be replaced may be broken: it is kept as it is. Nobody writes, as the service is stopped.
        about |= {"schema": "", "users": None, "chats": None}
        found = {f"data/{part}": as_it_is(chat.data, part, staging) for part in (DATABASE, f"{DATABASE}-wal")}
    found[f"data/{LOG}"] = as_it_is(chat.data, LOG, staging)
    sources: archive.Sources = {name: functools.partial(path.open, "rb") for name, path in found.items() if path}
    sources |= {f"keys/{name}": functools.partial((place.KEYS / name).open, "rb") for name in SECRETS}
    for inner in files(chat.data):
        sources[f"data/{inner}"] = functools.partial(read_as_owner, chat.data, inner)
    return about, sources


def snapshot(data: Path, copy: Path) -> dict[str, Any]:
    """Copy the database as of one moment, while others write to it; return its schema and what it counts."""
    with contextlib.closing(sqlite3.connect(copy)) as target:
        # The one whom the data belong to may write into this open file, and lay nothing beside it.
        target.execute("pragma journal_mode=off")
        target.execute("pragma synchronous=off")
        with schema.opened(data) as source:
            source.backup(target)
        target.execute("pragma trusted_schema=off")
        said = target.execute("pragma quick_check").fetchone()[0]
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        return {"schema": schema.of(target), **schema.counts(target)}


def as_it_is(data: Path, name: str, staging: Path) -> Path | None:
    """Copy a file that may grow meanwhile, as long as it is now; None where there is none."""
    try:
        with read_as_owner(data, name) as source, (staging / name).open("wb") as target:
            shutil.copyfileobj(source, target, archive.PIECE)
    except FileNotFoundError:
        return None
    return staging / name


def read_as_owner(data: Path, inner: str) -> IO[bytes]:
    """Open a file of the chat's as the one whom it belongs to; no link leads elsewhere."""
    with owner_of(data):
        return open(os.open(data / inner, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")  # noqa: PTH123


def files(data: Path) -> list[str]:
    """Return every file in the trees, by its path within the data: `["uploads/7f_notes.txt", …]`."""
    found = []
    with owner_of(data):
        for tree in TREES:
            for folder, _, names in os.walk(data / tree):
                paths = [Path(folder, name) for name in names]
                found += [str(path.relative_to(data)) for path in paths if stat.S_ISREG(path.lstat().st_mode)]
    return found


def size(data: Path) -> int:
    """Return the bytes of all that belongs into a backup."""
    total = 0
    with owner_of(data):
        for name in (DATABASE, f"{DATABASE}-wal", LOG):
            with contextlib.suppress(FileNotFoundError):
                total += (data / name).stat().st_size
    for inner in files(data):
        with owner_of(data), contextlib.suppress(FileNotFoundError):
            total += (data / inner).lstat().st_size
    return total


def version() -> str:
    """Return the version in use, as its folder says."""
    return place.CURRENT.resolve().name


def kit() -> str:
    """Return the kit's version that the receipt names."""
    try:
        return str(json.loads(place.RECEIPT.read_text(encoding="utf-8")).get("kit", ""))
    except (OSError, ValueError):
        return ""


def listed(chat: place.Chat) -> list[dict[str, Any]]:
    """Return what there is, the newest first; one that cannot be read says why."""
    found = []
    for path in sorted(chat.folder.glob("open-webui-*.tar.gz"), key=moment, reverse=True):
        try:
            found.append(described(path, archive.read(path)))
        except Refusal as refusal:
            found.append({"name": path.name, "size": path.stat().st_size, "fault": str(refusal)})
    return found


def described(path: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    about = {key: value for key, value in manifest.items() if key != "members"}
    return {"name": path.name, "path": str(path), "size": path.stat().st_size, **about}


def moment(path: Path) -> int:
    return path.stat().st_mtime_ns


def prune(chat: place.Chat, reason: str, spare: str = "") -> list[str]:
    """Remove the oldest beyond those to keep; what was made for another reason stays, and counts apart."""
    found = sorted(chat.folder.glob(f"open-webui-*-{reason}.tar.gz"), key=moment)
    old = [path for path in found[: -chat.keep] if path.name != spare] if chat.keep else []
    for path in old:
        path.unlink()
    return [path.name for path in old]


def sweep(chat: place.Chat) -> None:
    """Remove what a run that was killed left half-done."""
    for path in chat.folder.glob(f"{STAGING}*"):
        shutil.rmtree(path)
