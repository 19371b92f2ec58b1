"""The version of the kit that a host was converged by."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import yaml

COLLECTION = Path(__file__).resolve().parents[2]
# Everything that decides what a host gets.
SOURCE_PARTS = ("playbooks", "plugins", "roles", "templates")


@cache
def version() -> str:
    """Return the collection's version with a digest of its files.

    >>> version()
    '0.1.0+3f9c2a7b61de'
    """
    digest = hashlib.sha256()
    for part in SOURCE_PARTS:
        for path in sorted((COLLECTION / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(COLLECTION)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    galaxy = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))
    return f"{galaxy['version']}+{digest.hexdigest()[:12]}"
