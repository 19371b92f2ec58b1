"""The stand-in as a release archive: a .tar.zst with the layout of a real one."""

from __future__ import annotations

import filecmp
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import zstandard

from llamakeep_lab import cache
from llamakeep_lab.standin.wheels import ENGINE

SUFFIX = "-standin"

_PROGRAM = Path(__file__).parent / "program"
_LIBRARIES = (
    "libllama.so.0",
    "libggml.so.0",
    "libggml-base.so.0",
    "libggml-cpu.so.0",
    "libggml-rpc.so.0",
)
_NOTICES = {
    "LICENSE.llama.cpp": "llama_cpp_py_sync/THIRD_PARTY_NOTICES.txt",
    "LICENSE.llama-cpp-py-sync": f"llama_cpp_py_sync-{ENGINE.version}.dist-info/licenses/LICENSE",
}
_LEVEL = 10

# -I: nothing of the caller's environment is imported; -B: nothing is written beside the program.
_START = """#!/usr/bin/python3 -IB
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), {library!r}))
from standin.{module} import main  # noqa: E402

raise SystemExit(main())
"""


def build(folder: Path, version: str) -> Path:
    """Write `ollama-<version>-linux-amd64.tar.zst` into a folder; the same input gives the same bytes.

    The version always ends in `-standin`: it is what the server, the demo and the report say.
    """
    version = version if version.endswith(SUFFIX) else version + SUFFIX
    members = dict(_members(version))
    digest = hashlib.sha256()
    for name, data in sorted(members.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    kept = cache.folder("standin") / f"{digest.hexdigest()[:32]}.tar.zst"
    if not kept.is_file():
        writing = _next_to(kept)
        writing.write_bytes(_packed(members))
        writing.replace(kept)
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / f"ollama-{version}-linux-amd64.tar.zst"
    if not (built.is_file() and filecmp.cmp(kept, built, shallow=False)):
        writing = _next_to(built)
        shutil.copyfile(kept, writing)
        writing.replace(built)
    return built


def _next_to(path: Path) -> Path:
    """Return where this process writes what others may be reading, until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def program(version: str) -> Iterator[tuple[str, bytes]]:
    """Yield the archive's own files, the engine left out: name and bytes."""
    yield "bin/ollama", _START.format(library="../lib/ollama", module="commands").encode()
    yield "lib/ollama/llama-server", _START.format(library=".", module="child").encode()
    for source in sorted(_PROGRAM.glob("*.py")):
        yield f"lib/ollama/standin/{source.name}", source.read_bytes()
    yield "lib/ollama/standin/VERSION", f"{version}\n".encode()


def _members(version: str) -> Iterator[tuple[str, bytes]]:
    yield from program(version)
    for library in _LIBRARIES:
        yield f"lib/ollama/{library}", ENGINE.member(f"llama_cpp_py_sync/{library}")
    for name, member in _NOTICES.items():
        yield f"lib/ollama/{name}", ENGINE.member(member)


def _packed(members: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in _folders(members):
            archive.addfile(_entry(name, tarfile.DIRTYPE, 0o755))
        for name, data in sorted(members.items()):
            runs = name.startswith("bin/") or name.endswith("llama-server") or ".so" in name
            archive.addfile(_entry(name, tarfile.REGTYPE, 0o755 if runs else 0o644, len(data)), io.BytesIO(data))
    return zstandard.ZstdCompressor(level=_LEVEL).compress(plain.getvalue())


def _folders(members: dict[str, bytes]) -> list[str]:
    folders = {str(parent) for name in members for parent in Path(name).parents}
    return sorted(folders - {"."})


def _entry(name: str, kind: bytes, mode: int, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.mtime = kind, mode, size, 0
    entry.uname = entry.gname = "root"
    return entry
