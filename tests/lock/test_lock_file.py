"""The file `llamakeep.lock`: read with its lines, written in one step, always the same bytes."""

import hashlib
from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep.lock import file
from llamakeep.lock.lock import Archive, Lock, LockedModel

# Blanks, quotes, an apostrophe, a line break and no final one: the bytes are what is hashed.
MANIFEST = '{"schemaVersion": 2,\n "config": {"digest": "sha256:aa", "size": 1}, "note": "it\'s ü"}'


def model(name: str, manifest: str = MANIFEST) -> LockedModel:
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    path = f"library/{name.partition(':')[0]}"
    return LockedModel(name=name, registry="http://192.0.2.1:5000", path=path, digest=digest, size=7, manifest=manifest)


def lock() -> Lock:
    archive = Archive(url="http://192.0.2.1/a.tar.zst", sha256="ab" * 32, size=5)
    models = {name: model(name) for name in ("mistral:7b", "llama2:7b")}
    return Lock(ollama={"0.34.4": {"linux-amd64": archive}}, models=models)


def test_what_is_written_is_read_again_to_the_byte(tmp_path: Path) -> None:
    file.write(tmp_path / file.NAME, lock())
    assert file.read_own(tmp_path / file.NAME) == lock()


def test_the_same_lock_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    file.write(one, lock())
    file.write(other, Lock(ollama=lock().ollama, models=dict(reversed(lock().models.items()))))
    assert one.read_bytes() == other.read_bytes()


def test_writing_leaves_nothing_beside_the_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / file.NAME
    file.write(path, lock())
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o600)
    file.write(path, lock())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [file.NAME]


def test_no_file_is_an_empty_lock(tmp_path: Path) -> None:
    assert file.read_own(tmp_path / file.NAME) == Lock()


def test_it_lies_in_the_folder_or_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").touch()
    assert file.path_for(str(tmp_path)) == file.path_for(str(tmp_path / "hosts.yml")) == tmp_path / file.NAME


def test_shipped_releases_lie_below_it(tmp_path: Path) -> None:
    own = Archive(url="http://192.0.2.1/mine.tar.zst", sha256="cd" * 32)
    file.write(tmp_path / file.NAME, Lock(ollama={"0.34.4": {"linux-amd64": own}}))
    found = file.read(str(tmp_path)).ollama
    assert found["0.34.4"]["linux-amd64"] == own
    assert found["0.34.4"]["linux-arm64"].url.startswith("https://github.com/ollama/ollama/")
    assert "0.32.9" in found


def broken(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / file.NAME
    file.write(path, lock())
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("size: 7", "size: many", "size: many", "size"),
        ("format: 1", "format: 2", "format: 2", "format 2"),
        ("    path:", "    pth:", "  llama2:7b:", "path"),
        ("format: 1", "format: [", "  llama2:7b:", "no valid YAML"),
        ("schemaVersion", "schemaversion", "    manifest:", "was changed"),
        ("  llama2:7b:", "  library/llama2:7b:", "library/llama2:7b", "not canonical"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, said: str) -> None:
    path = broken(tmp_path, old, new)
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, start=1) if at in line)
    with pytest.raises(Refusal) as refused:
        file.read_own(path)
    assert said in str(refused.value)
    assert refused.value.place == f"{path}:{number}"
