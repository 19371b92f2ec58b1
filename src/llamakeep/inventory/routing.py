"""The tables by which Ansible finds plugins that have moved, kept as JSON; worker only.

Ansible parses its own, 370 kB of YAML, in every process: a tenth of a second. Its loader of these tables is made to be
replaced (`_collection_meta.py`: "may be monkeypatched … to cache the output").
"""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.utils.collection_loader import _collection_finder as finder

_SMALL = 10_000  # bytes; a shorter text is parsed sooner than it is looked up


def keep() -> None:
    """Have the tables of this process come from where an earlier one kept them, by the sha256 of their text."""
    parse: Callable[[bytes | str, Any], dict[str, Any]] = finder._meta_yml_to_dict
    folder = _folder()

    def kept(text: bytes | str, place: Any) -> dict[str, Any]:
        raw = text if isinstance(text, bytes) else text.encode()
        if len(raw) < _SMALL:
            return parse(text, place)
        path = folder / f"routing-{hashlib.sha256(raw).hexdigest()}.json"
        found = _read(path)
        if found is None:
            found = parse(text, place)
            with suppress(OSError):  # a home that cannot be written costs the time, and nothing else
                _write(path, found)
        return found

    finder._meta_yml_to_dict = kept


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "llamakeep"


def _read(path: Path) -> dict[str, Any] | None:
    """Return a table that was kept; None where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found else None


def _write(path: Path, table: dict[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(table, file)
    staged.replace(path)
