"""What stood where something of ours had to stand: moved aside, never thrown away."""

from __future__ import annotations

import os
import shutil

FOLDER = "/var/lib/llamakeep/replaced"


def place(path: str) -> str:
    """Return a free place to keep the thing that stands at a path.

    >>> place("/usr/local/bin/ollama")
    '/var/lib/llamakeep/replaced/usr/local/bin/ollama'
    """
    first = free = FOLDER + os.path.abspath(path)
    number = 0
    while os.path.lexists(free):
        number += 1
        free = f"{first}.{number}"
    return free


def keep(path: str) -> str:
    """Move what stands at a path into safety; return where it is."""
    safe = place(path)
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    os.makedirs(os.path.dirname(safe), exist_ok=True)
    _move(path, safe)
    return safe


def give_back(safe: str, path: str) -> None:
    """Put a thing back to where it stood."""
    _move(safe, path)


def _move(source: str, target: str) -> None:
    seen = os.lstat(source)
    shutil.move(source, target)
    try:
        os.chown(target, seen.st_uid, seen.st_gid, follow_symlinks=False)
    except OSError:
        shutil.move(target, source)
        raise
