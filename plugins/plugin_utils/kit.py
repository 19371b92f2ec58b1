"""The version of the kit that a host was converged by."""

from __future__ import annotations

import hashlib
import json
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
    return version_at(COLLECTION)


def version_at(place: Path) -> str:
    """Return the same of the copy of the collection that lies in a folder."""
    digest = hashlib.sha256()
    for part in SOURCE_PARTS:
        for path in sorted((place / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(place)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{_number(place)}+{digest.hexdigest()[:12]}"


def _number(place: Path) -> str:
    """Return the version that a copy says it has: as built and installed, or as it lies in a checkout."""
    try:
        return str(json.loads((place / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        return "unknown"
    try:
        galaxy = yaml.safe_load((place / "galaxy.yml").read_text(encoding="utf-8"))
        return str(galaxy["version"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return "unknown"
