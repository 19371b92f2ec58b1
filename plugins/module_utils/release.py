"""One unpacked release in a folder of its own, and the others beside it."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any, Callable, Optional

from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.unpack import unpack

_BESIDE = ".unpacking-"


class Release:
    """A folder such as /opt/llamakeep/ollama/0.34.4, which is there as a whole or not at all."""

    def __init__(self, path: str) -> None:
        """Take the folder, which need not exist yet."""
        self.path = os.path.normpath(path)
        self._parent, self._name = os.path.split(self.path)

    def fault(self, sha256: str) -> str:
        """Return what is wrong with the release of that archive; empty: it is here, and as it was unpacked.

        >>> Release("/opt/llamakeep/ollama/0.34.4").fault("c238986e…")
        'bin/ollama was changed'
        """
        if not os.path.isdir(self.path):
            return "not here"
        mark = _mark(self.path)
        if mark is None:
            return "not whole"
        if mark["sha256"] != sha256:
            return f"of another archive (sha256 {mark['sha256'][:12]})"
        changed = receipt.changed_in_release(self.path)
        return f"{changed} was changed" if changed else ""

    def install(self, archive: str, sha256: str, zstd: Optional[str]) -> None:
        """Unpack an archive beside the folder, and put it in its place only when all of it is there."""
        self.make(sha256, lambda staged: unpack(archive, staged, zstd))

    def make(self, sha256: str, fill: Callable[[str], None]) -> None:
        """Have a folder filled beside this one; it takes this one's place only when all of it is there."""
        self.sweep()
        os.makedirs(self._parent, mode=0o755, exist_ok=True)
        staged = os.path.join(self._parent, f"{_BESIDE}{self._name}")
        os.mkdir(staged, 0o755)
        try:
            fill(staged)
            with open(os.path.join(staged, receipt.MARK), "w", encoding="utf-8") as file:
                json.dump({"sha256": sha256, "files": _stamps(staged)}, file, indent=1, sort_keys=True)
            os.sync()
            self._take_place(staged)
        finally:
            self.sweep()

    def _take_place(self, staged: str) -> None:
        broken = f"{staged}.old"
        if os.path.lexists(self.path):
            os.rename(self.path, broken)
        try:
            os.rename(staged, self.path)
        except OSError:
            if os.path.lexists(broken):
                os.rename(broken, self.path)
            raise

    def sweep(self) -> None:
        """Remove what a run that was killed left half-done; a release that it had put aside is back."""
        aside = os.path.join(self._parent, f"{_BESIDE}{self._name}.old")
        if os.path.isdir(aside) and not os.path.lexists(self.path):
            os.rename(aside, self.path)
        for name in _names(self._parent):
            if name.startswith(_BESIDE):
                shutil.rmtree(os.path.join(self._parent, name))

    def outdated(self, current: str) -> list[str]:
        """Return the releases of ours beside this one, but for the one that the link `current` leads to.

        While there is no such link, nobody knows which one is in use, and all of them stay.
        """
        if not os.path.islink(current):
            return []
        used = os.path.realpath(current)
        staged = [os.path.join(self._parent, name) for name in _names(self._parent)]
        return [
            path
            for path in staged
            if path != self.path and os.path.realpath(path) != used and not os.path.islink(path) and _mark(path)
        ]


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _mark(path: str) -> Optional[dict[str, Any]]:
    try:
        with open(os.path.join(path, receipt.MARK), encoding="utf-8") as file:
            mark = json.load(file)
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and {"sha256", "files"} <= mark.keys() else None


def _stamps(path: str) -> dict[str, list[Any]]:
    """Return `{"bin/ollama": [size, mtime, ctime, inode], "lib/x.so": ["x.so.1"]}`: a link by where it leads."""
    found: dict[str, list[Any]] = {}
    for folder, folders, files in os.walk(path):
        for name in [*files, *folders]:
            full = os.path.join(folder, name)
            inner = os.path.relpath(full, path)
            if os.path.islink(full):
                found[inner] = [os.readlink(full)]
            elif name in files and inner != receipt.MARK:
                found[inner] = receipt.stamp(full)
    return found
