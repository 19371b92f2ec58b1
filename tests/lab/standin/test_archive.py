import ast
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
import zstandard

from llamakeep_lab.standin import archive
from llamakeep_lab.standin.wheels import Wheel


@pytest.fixture(autouse=True)
def wheel(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(Wheel, "member", lambda _wheel, path: path.encode())


def members(path: Path) -> dict[str, tarfile.TarInfo]:
    plain = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    with tarfile.open(fileobj=BytesIO(plain)) as opened:
        return {entry.name: entry for entry in opened.getmembers()}


def test_it_has_the_layout_of_a_real_release(tmp_path):
    built = archive.build(tmp_path / "out", "0.34.4")
    assert built.name == "ollama-0.34.4-standin-linux-amd64.tar.zst"
    found = members(built)
    assert {"bin/ollama", "lib/ollama/llama-server", "lib/ollama/libllama.so.0"} <= set(found)
    for program in ("bin/ollama", "lib/ollama/llama-server"):
        assert found[program].mode == 0o755
    assert {(entry.uid, entry.gid, entry.mtime) for entry in found.values()} == {(0, 0, 0)}


def test_the_same_version_gives_the_same_bytes(tmp_path, monkeypatch):
    first = archive.build(tmp_path / "a", "0.34.4")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    second = archive.build(tmp_path / "b", "0.34.4-standin")
    other = archive.build(tmp_path / "b", "0.34.5")
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()


def test_who_reads_an_archive_while_it_is_made_again_reads_it_whole(tmp_path):
    built = archive.build(tmp_path, "0.34.4")
    whole = built.read_bytes()
    built.write_bytes(b"of another program")
    with built.open("rb") as reader:
        archive.build(tmp_path, "0.34.4")
        assert reader.read() == b"of another program"
    assert built.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [built.name]


def test_the_hosts_older_python_reads_every_file():
    for name, data in archive.program("0.34.4-standin"):
        if name.endswith(".py"):
            ast.parse(data, filename=name, feature_version=(3, 11))
