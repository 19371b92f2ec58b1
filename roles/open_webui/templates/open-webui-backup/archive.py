"""One backup: a tar with a manifest in front that names every other member by its sha256, compressed with gzip.

manifest.json   {"format": 1, "version": "0.12.4", "schema": "f8c0e5b134cd", "host": "chat1", "made": "…Z",
                 "reason": "hand", "kit": "0.1.0+abc", "users": 3, "chats": 12,
                 "members": {"data/webui.db": {"sha256": "…", "size": 1048576}, …}}
data/webui.db, data/uploads/…, data/vector_db/…, data/audit.log
keys/secret_key, keys/admin
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from place import Refusal

FORMAT = 1
MANIFEST = "manifest.json"
NAME = re.compile(r"open-webui-[\w.-]{1,200}\.tar\.gz")
MEMBER = re.compile(r"(data/(webui\.db(-wal)?|audit\.log|(uploads|vector_db)/.+)|keys/(secret_key|admin))", re.DOTALL)
LONGEST = 256 * 1024 * 1024  # bytes that a manifest may have
PIECE = 1 << 20
Sources = dict[str, Callable[[], Any]]  # member -> what opens the file that it is read from
BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, KeyError, TypeError, AttributeError)


class Changed(Exception):  # noqa: N818 - what happened to a file, not a fault of the program
    """A file was written to, or went away, while it was read."""


class Hashed:
    """A file that is read once, piece by piece, and hashed on the way."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = PIECE) -> bytes:
        piece: bytes = self.file.read(size)
        self.sha256.update(piece)
        self.size += len(piece)
        return piece

    def seen(self) -> dict[str, Any]:
        return {"sha256": self.sha256.hexdigest(), "size": self.size}


def looked_at(sources: Sources) -> dict[str, Any]:
    """Return the manifest's members: `{"data/webui.db": {"sha256": …, "size": …}}`; what went away is left out."""
    members = {}
    for name, open_source in sorted(sources.items()):
        try:
            with open_source() as file:
                hashed = Hashed(file)
                while hashed.read():
                    pass
        except FileNotFoundError:
            continue
        members[name] = hashed.seen()
    return members


def write(path: Path, manifest: dict[str, Any], sources: Sources) -> None:
    """Write an archive that only root can read; raise Changed where a member is not what the manifest says."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
            text = json.dumps(manifest).encode()
            tar.addfile(member(MANIFEST, len(text)), io.BytesIO(text))
            for name, said in manifest["members"].items():
                add(tar, name, said, sources[name])
        file.flush()
        os.fsync(file.fileno())


def add(tar: tarfile.TarFile, name: str, said: dict[str, Any], open_source: Callable[[], Any]) -> None:
    try:
        with open_source() as file:
            hashed = Hashed(file)
            tar.addfile(member(name, said["size"]), hashed)
            seen = {**hashed.seen(), "more": bool(file.read(1))}
    except FileNotFoundError as error:
        raise Changed(name) from error
    except OSError as error:
        if error.args and "unexpected end of data" in str(error.args[0]):  # tarfile's word for a file that shrank
            raise Changed(name) from error
        raise
    if seen != {**said, "more": False}:
        raise Changed(name)


def member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[dict[str, Any], tarfile.TarFile]]:
    """Open an archive: yields its manifest, and the tar that stands before the next member."""
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            first = tar.next()
            if first is None or first.name != MANIFEST or not first.isreg() or first.size > LONGEST:
                raise Refusal(path, "is no backup of a chat", "one that llamakeep made", "name another one")
            manifest = json.loads(Hashed(tar.extractfile(first)).read(LONGEST))
            refuse_unreadable(path, manifest)
            yield manifest, tar
    except FileNotFoundError as error:
        raise Refusal(path, "is not there", remedy="llamakeep restore --list names those that are") from error
    except BROKEN as error:
        raise Refusal(
            path,
            f"is broken: {error or type(error).__name__}",
            "the archive as it was made",
            "take another copy of it, or another backup; nothing was touched",
        ) from error


def refuse_unreadable(path: Path, manifest: dict[str, Any]) -> None:
    """Refuse a manifest that this program does not understand, or that names what has no place in it."""
    if manifest["format"] != FORMAT:
        raise Refusal(
            path,
            f"is of format {manifest['format']}",
            f"format {FORMAT}, which this host's kit reads",
            "run the playbook of a newer kit on this host first; nothing was touched",
        )
    for name, said in manifest["members"].items():
        parts = name.split("/")
        if not MEMBER.fullmatch(name) or {"", ".", ".."} & set(parts) or "\0" in name:
            raise ValueError(f"it names {name!r}, which belongs to no chat")
        if not (isinstance(said["size"], int) and said["size"] >= 0 and re.fullmatch("[0-9a-f]{64}", said["sha256"])):
            raise ValueError(f"it does not say what {name} is")


def read(path: Path) -> dict[str, Any]:
    """Return the manifest alone."""
    with opened(path) as (manifest, _):
        return manifest


def unpack(path: Path, lay: Callable[[str, Any], None]) -> dict[str, Any]:
    """Hand every member to `lay(name, file)`, which reads it to its end; refuse what is not as the manifest says."""
    with opened(path) as (manifest, tar):
        left = dict(manifest["members"])
        while (info := tar.next()) is not None:
            said = left.pop(info.name, None)
            if said is None or not info.isreg() or info.size != said["size"]:
                raise ValueError(f"{info.name} is not what its manifest says")
            hashed = Hashed(tar.extractfile(info))
            lay(info.name, hashed)
            if hashed.seen() != said:
                raise ValueError(f"{info.name} has another sha256 than its manifest says")
        if left:
            raise ValueError(f"{next(iter(left))} is missing")
        return manifest
