"""Putting a restored chat in the place of the one that is there, and back: renames on one disk, nothing copied.

Whatever cuts it short, the next start of the chat finds the mark, and has what was there before.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import place
from place import DATABASE, owner_of

NEW = ".llamakeep-restored"  # in the data's folder, as the folders below
OLD = ".llamakeep-before"
PARTS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "uploads", "vector_db", "audit.log")
SECRETS = ("secret_key", "admin")


def mark() -> Path:
    return place.STATE / "swapping"


def lock() -> contextlib.AbstractContextManager[None]:
    """Hold this while data are swapped: no start of the chat goes on meanwhile."""
    return place.alone(place.STATE / ".lock")


def there(data: Path, secrets: dict[str, bytes]) -> None:
    """Put what lies in NEW, and these secrets, in the place of what is there; that goes to OLD."""
    with owner_of(data):
        sweep(data / OLD)
        (data / OLD).mkdir(mode=0o700)
        had = [part for part in PARTS if os.path.lexists(data / part)]
    before = {"parts": had, "secrets": [name for name in SECRETS if (place.KEYS / name).exists()]}
    write(mark(), json.dumps(before).encode())
    with owner_of(data):
        for part in had:
            (data / part).rename(data / OLD / part)
        for part in PARTS:
            with contextlib.suppress(FileNotFoundError):
                (data / NEW / part).rename(data / part)
        sweep(data / NEW)
        place.sync(data)
    for name in SECRETS:
        with contextlib.suppress(FileNotFoundError):
            (place.KEYS / name).rename(place.KEYS / f"{name}.before")
        if name in secrets:
            write(place.KEYS / name, secrets[name])
    write(mark().with_name("swapped"), mark().read_bytes())
    mark().unlink()


def back(data: Path, before: dict[str, Any]) -> None:
    """Have what was there before, however far `there` got."""
    with owner_of(data):
        for part in PARTS:
            if os.path.lexists(data / OLD / part):
                sweep(data / part)
                (data / OLD / part).rename(data / part)
            elif part not in before["parts"]:
                sweep(data / part)
        place.sync(data)
        sweep(data / NEW)
        sweep(data / OLD)
    for name in SECRETS:
        if (place.KEYS / f"{name}.before").exists():
            (place.KEYS / f"{name}.before").replace(place.KEYS / name)
        elif name not in before["secrets"]:
            (place.KEYS / name).unlink(missing_ok=True)
    place.sync(place.KEYS)
    forget()


def undo(data: Path) -> None:
    """Take back a swap that is done."""
    back(data, json.loads(mark().with_name("swapped").read_text(encoding="utf-8")))


def mend(data: Path) -> bool:
    """Take back a swap that was cut short, and say whether there was one."""
    if not mark().exists():
        return False
    back(data, json.loads(mark().read_text(encoding="utf-8")))
    return True


def keep(data: Path) -> None:
    """Throw away what was there before: the new one answers, and a backup of the old one lies with the others."""
    with owner_of(data):
        sweep(data / OLD)
    for name in SECRETS:
        (place.KEYS / f"{name}.before").unlink(missing_ok=True)
    forget()


def forget() -> None:
    for path in (mark(), mark().with_name("swapped")):
        path.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove a file or a folder, where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a file that only root can read, in one step."""
    staged = path.with_name(f"{path.name}.new")
    staged.unlink(missing_ok=True)
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
    place.sync(path.parent)
