"""Another version is about to take over: a backup first, and the way back where it is an older one."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import archive
import make
import place
import schema
from place import DATABASE, Refusal


def before(chat: place.Chat, wanted: str) -> dict[str, Any]:
    """Make a backup, and see to it that the wanted version finds a database that it can read.

    Returns `{"changed": true, "made": {…}, "returns": "2026-11-23T01:00:00Z"}`; `returns` is the moment whose database
    comes back, and null where the present one stays. The chat is in use all the while.
    """
    if chat.elsewhere or not place.CURRENT.exists() or make.version() == wanted or not chat.has_database():
        return {"changed": False}
    release = place.CURRENT.parent / wanted
    with place.alone(chat.folder / ".lock"):
        returns = None if schema.readable(release, chat.data) else copy_for(chat, release)
        return {"changed": True, "made": make.make_alone(chat, "version"), "returns": returns}


def copy_for(chat: place.Chat, release: Path) -> str:
    """Have a copy that an older version can read where its next start looks for it; return of when it is."""
    copy = place.STATE / release.name
    if (copy / DATABASE).exists():
        seen = copy.stat()
        is_readable = schema.readable(release, copy)
        os.utime(copy, ns=(seen.st_atime_ns, seen.st_mtime_ns))  # whoever opens a database leaves a trace in its folder
        if is_readable:
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seen.st_mtime))
    for found in make.listed(chat):
        if found.get("schema") and schema.reads(release, found["schema"]):
            take(chat.folder / found["name"], copy)
            return str(found["made"])
    raise Refusal(
        "open_webui_version",
        f"{release.name} cannot read the database that {make.version()} left, and no copy of an older one is here",
        f"a copy in {copy}, or a backup of {release.name} in {chat.folder}",
        f"keep {make.version()}, or lay a backup of {release.name} into {chat.folder} and run again",
    )


def take(path: Path, copy: Path) -> None:
    """Take the database alone out of a backup."""
    staged = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)

    def lay(name: str, file: Any) -> None:
        target = staged / DATABASE if name == f"data/{DATABASE}" else Path(os.devnull)
        with target.open("wb") as out:
            shutil.copyfileobj(file, out, archive.PIECE)

    try:
        archive.unpack(path, lay)
        shutil.rmtree(copy, ignore_errors=True)
        staged.rename(copy)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
