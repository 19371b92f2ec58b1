"""The store on disk: `manifests/<host>/<namespace>/<model>/<tag>` and `blobs/sha256-<hex>`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from . import journal
from .manifest import Layer, Manifest, ManifestError, written
from .names import InvalidNameError, Name

GRACE = 3600.0  # seconds that an unreferenced blob is left alone

_DIGEST = re.compile(r"sha256[:-][0-9a-fA-F]{64}")


class InvalidDigestError(ValueError):
    """A text that is no digest."""

    def __init__(self) -> None:
        super().__init__("invalid digest format")


class Store:
    """Every model of this host; nothing is remembered between two looks but parsed manifests."""

    def __init__(self, root: Path) -> None:
        """Open the store, making its folders where they are missing."""
        self.root = root
        self._manifests = root / "manifests"
        self._blobs = root / "blobs"
        self._parsed: dict[Path, tuple[tuple[int, int, int], Manifest]] = {}
        self._manifests.mkdir(parents=True, exist_ok=True)
        self._blobs.mkdir(parents=True, exist_ok=True)

    def blob(self, digest: str) -> Path:
        """Return where the blob of that digest lies or would lie."""
        if not _DIGEST.fullmatch(digest):
            raise InvalidDigestError
        return self._blobs / digest.replace(":", "-")

    def models(self) -> dict[Name, Manifest]:
        """Return every model that can be read; what cannot is logged and passed over."""
        return self._read_all()[0]

    def manifest(self, name: Name) -> Manifest:
        """Return one model's manifest; FileNotFoundError when there is no such model."""
        path = self._manifests / name.path
        stat = path.stat()
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._parsed.get(path)
        if known is None or known[0] != seen:
            known = (seen, Manifest.read(path.read_bytes(), stat.st_mtime))
            self._parsed[path] = known
        return known[1]

    def spelled(self, name: Name) -> Name:
        """Return the name with its parts spelled as in the store, whatever their case."""
        parts = {"host": name.host, "namespace": name.namespace, "model": name.model, "tag": name.tag}
        for existing in self.models():
            for part, wanted in parts.items():
                found = getattr(existing, part)
                if found.lower() == wanted.lower():
                    parts[part] = found
        return Name(**parts)

    def add(self, chunks: Iterable[bytes], media_type: str) -> tuple[Layer, bool]:
        """Write a blob; return its layer and whether it is new."""
        digest, size = hashlib.sha256(), 0
        handle, temporary = tempfile.mkstemp(prefix="sha256-", dir=self._blobs)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            layer = Layer(media_type, f"sha256:{digest.hexdigest()}", size)
            blob = self.blob(layer.digest)
            new = not blob.exists()
            if new:
                Path(temporary).chmod(0o644)
                Path(temporary).rename(blob)
            os.utime(blob)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
        return layer, new

    def touch(self, layer: Layer) -> Layer:
        """Make a blob young again, so that it outlives the next prune; FileNotFoundError if it is gone."""
        os.utime(self.blob(layer.digest))
        return layer

    def write(self, name: Name, data: bytes) -> None:
        """Write a manifest's bytes under a name, atomically."""
        path = self._manifests / name.path
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside manifests/, not in it: a half-written file must never be listed.
        handle, temporary = tempfile.mkstemp(prefix="manifest-", dir=self.root)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).rename(path)

    def create(self, name: Name, config: Layer, layers: tuple[Layer, ...]) -> None:
        """Write a model's manifest."""
        self.write(name, written(config, layers))

    def copy(self, source: Name, destination: Name) -> None:
        """Give a model a second name."""
        self.write(destination, (self._manifests / source.path).read_bytes())

    def remove(self, name: Name) -> None:
        """Take a model away, and every blob that no other model names."""
        gone = self.manifest(name)
        (self._manifests / name.path).unlink()
        self._drop_empty_folders()
        self.remove_unused(layer.digest for layer in gone.blobs)

    def remove_unused(self, digests: Iterable[str]) -> None:
        """Delete those of the blobs that no model names."""
        used = {layer.digest for manifest in self.models().values() for layer in manifest.blobs}
        for digest in set(digests) - used:
            with contextlib.suppress(FileNotFoundError, InvalidDigestError):
                self.blob(digest).unlink()

    def prune(self) -> None:
        """Delete blobs that no model names, partials and strays, once they are an hour old."""
        models, whole = self._read_all()
        if not whole:
            journal.log("WARN", "corrupt manifests detected, skipping prune operation.  Re-pull or delete to clear")
            return
        used = {self.blob(layer.digest).name for model in models.values() for layer in model.blobs}
        removed = 0
        for path in sorted(self._blobs.iterdir()):
            stat = path.lstat()
            if path.is_dir() or time.time() - stat.st_mtime < GRACE or path.name in used:
                continue
            path.unlink()
            removed += 1
        journal.log("INFO", f"total unused blobs removed: {removed}")
        self._drop_empty_folders()

    def _read_all(self) -> tuple[dict[Name, Manifest], bool]:
        models: dict[Name, Manifest] = {}
        whole = True
        for path in self._manifests.glob("*/*/*/*"):
            if path.is_dir():
                continue
            relative = PurePosixPath(path.relative_to(self._manifests))
            try:
                name = Name.of_path(relative)
                models[name] = self.manifest(name)
            except (InvalidNameError, ManifestError, OSError) as error:
                whole = False
                journal.log("WARN", "bad manifest", name=relative, error=error)
        return models, whole

    def _drop_empty_folders(self) -> None:
        for folder in sorted(self._manifests.rglob("*"), reverse=True):
            if folder.is_dir() and not folder.is_symlink():
                with contextlib.suppress(OSError):
                    folder.rmdir()
