"""The files that an inventory is made of."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from llamakeep.inventory.place import folder_of

_VARS_SUFFIXES = ("", ".yml", ".yaml", ".json")
_NOT_READ = re.compile(r"^\.|~$|\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry|lock)$")
_VARS_FOLDERS = {"group_vars": "group", "host_vars": "host"}

Scope = Literal["group", "host"]


class Source(NamedTuple):
    """One file of an inventory."""

    path: Path
    scope: Scope | None  # None: it names hosts and groups; else it holds variables of one of them
    name: str  # the group or host whose variables it holds


def sources(inventory: Path) -> list[Source]:
    """Return the files of an inventory in the order in which Ansible reads them."""
    files = list(_files(inventory)) if inventory.is_dir() else [inventory]
    return [Source(path, None, "") for path in files] + list(_variables(folder_of(inventory)))


def _files(folder: Path) -> Iterator[Path]:
    """Return the files below an inventory folder that may name hosts."""
    for path in sorted(folder.iterdir()):
        if _NOT_READ.search(path.name) or path.name in {*_VARS_FOLDERS, "vars_plugins"}:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _variables(folder: Path) -> Iterator[Source]:
    """Return the files of group_vars/ and host_vars/."""
    for part, scope in _VARS_FOLDERS.items():
        if not (folder / part).is_dir():
            continue
        for entry in sorted((folder / part).iterdir()):
            if _NOT_READ.search(entry.name):
                continue
            for path in _below(entry):
                name = entry.name if entry.is_dir() or entry.suffix not in _VARS_SUFFIXES else entry.stem
                yield Source(path, "group" if scope == "group" else "host", name)


def _below(entry: Path) -> Iterator[Path]:
    """Return the file itself, or the variable files below a folder."""
    if entry.is_file():
        yield entry
        return
    for base, folders, names in os.walk(entry):
        folders.sort()
        for name in sorted(names):
            if not _NOT_READ.search(name) and Path(name).suffix in _VARS_SUFFIXES:
                yield Path(base) / name
