"""Ollama's store of models on this host: where things lie in it, what lies there, and putting more there."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Any, Callable, Optional

from ansible_collections.llamakeep.fleet.plugins.module_utils.manifest import Blob, Model
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.partial import CHUNK

PRESENT, DAMAGED, MISSING = "present", "damaged", "missing"


class Store:
    """A folder with `blobs/`, `manifests/`, and a folder of ours beside them that Ollama leaves alone."""

    def __init__(self, path: str) -> None:
        """Take the store's path, which may be a link to another disk and need not exist yet."""
        self.path = os.path.realpath(path)

    def blob(self, sha256: str) -> str:
        """Return where a blob lies."""
        return os.path.join(self.path, "blobs", f"sha256-{sha256}")

    def partial(self, sha256: str) -> str:
        """Return where a blob lies while it is on its way."""
        return os.path.join(self.path, ".llamakeep", "partial", f"sha256-{sha256}")

    def manifest(self, model: Model) -> str:
        """Return where a model's manifest lies."""
        return os.path.join(self.path, model.place)

    def folders(self, models: list[Model]) -> list[str]:
        """Return every folder that must be there for these models, the outermost first."""
        needed = [self.path, os.path.dirname(self.blob("")), os.path.dirname(self.partial(""))]
        needed += [os.path.dirname(self.manifest(model)) for model in models]
        every: list[str] = []
        for folder in needed:
            chain = [folder]
            while chain[-1] != self.path:
                chain.append(os.path.dirname(chain[-1]))
            every += reversed(chain)
        return list(dict.fromkeys(every))

    def prepare(self, folders: list[str], owner: Owner) -> None:
        """Make the folders that are missing; they belong to the owner, as do missing ones above the store."""
        owner.must_reach(self.path)
        above = self.path
        missing = []
        while not os.path.isdir(above):
            missing.append(above)
            above = os.path.dirname(above)
        if missing and os.stat(above).st_uid != owner.uid:
            first = missing.pop()
            os.mkdir(first, 0o755)
            os.chown(first, owner.uid, owner.gid, follow_symlinks=False)
        with owner.rights():
            for folder in [*reversed(missing), *folders]:
                if not os.path.isdir(folder):
                    os.mkdir(folder, 0o755)

    def look(self, blob: Blob, trusted: Optional[list[Any]], on_bytes: Callable[[int], None]) -> str:
        """Return whether a blob is present, damaged or missing; one with a trusted stamp is not read."""
        try:
            file = os.open(self.blob(blob.sha256), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return MISSING
        except OSError:
            return DAMAGED
        try:
            seen = os.fstat(file)
            if not stat.S_ISREG(seen.st_mode) or seen.st_size != blob.size:
                return DAMAGED
            if trusted == [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]:
                return PRESENT
            return PRESENT if _sha256(file, on_bytes) == blob.sha256 else DAMAGED
        finally:
            os.close(file)

    def holds(self, model: Model) -> Optional[str]:
        """Return the digest of the manifest that lies at a model's place, None where there is none."""
        try:
            with open(self.manifest(model), "rb") as file:
                return hashlib.sha256(file.read(CHUNK)).hexdigest()
        except OSError:
            return None

    def enter(self, model: Model) -> None:
        """Put a model's manifest in its place: from then on Ollama lists it."""
        staged = os.path.join(self.path, ".llamakeep", f"manifest-{model.digest}")
        file = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(file, "wb") as out:
            out.write(model.manifest)
            os.fchmod(out.fileno(), 0o644)
            out.flush()
            os.fsync(out.fileno())
        os.replace(staged, self.manifest(model))

    def sweep(self) -> None:
        """Remove what unfinished runs left on their way, once nothing is missing any more."""
        folder = os.path.dirname(self.partial(""))
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))


def _sha256(file: int, on_bytes: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    while True:
        chunk = os.read(file, CHUNK)
        if not chunk:
            return digest.hexdigest()
        digest.update(chunk)
        on_bytes(len(chunk))
