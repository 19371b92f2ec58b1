"""Which Ollama the lab's registry serves."""

import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from llamakeep.errors import Refusal
from llamakeep.lock.lock import Archive
from llamakeep_lab import release, upstream
from llamakeep_lab.name import Name
from llamakeep_lab.release import Release


@pytest.fixture(autouse=True)
def cached_below(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "ollama-linux-amd64.tar.zst"
    path.write_bytes(b"a release")
    return path


@pytest.fixture
def published(tmp_path):
    """A server of that folder, as the place where releases are published."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def known(monkeypatch, url, digest, version="0.34.4"):
    archives = {version: {"linux-amd64": Archive(url=url, sha256=digest, size=9)}}
    monkeypatch.setattr(release, "shipped", lambda: archives)
    monkeypatch.setattr(release, "_wanted", lambda: version)


def test_an_archive_that_the_kit_knows_needs_no_version(archive, monkeypatch):
    known(monkeypatch, "http://unused.example", hashlib.sha256(b"a release").hexdigest())
    (found,) = release.given(archive, None, "linux-amd64")
    assert (found.version, found.standin, found.size) == ("0.34.4", False, 9)


def test_an_archive_that_nobody_knows_needs_a_version(archive, monkeypatch):
    known(monkeypatch, "http://unused.example", "0" * 64)
    with pytest.raises(Refusal, match="--ollama-version"):
        release.given(archive, None, "linux-amd64")
    (found,) = release.given(archive, "0.33.0", "linux-amd64")
    assert found.asset == "ollama-0.33.0-linux-amd64.tar.zst"


def test_an_archive_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Refusal, match="is not a file"):
        release.given(tmp_path / "none", None, "linux-amd64")


def test_the_pinned_release_is_brought_once_where_it_can_be_reached(archive, published, monkeypatch):
    known(monkeypatch, f"{published}/{archive.name}", hashlib.sha256(b"a release").hexdigest())
    (found,) = release.pinned("linux-amd64", lambda _: None)
    archive.unlink()
    assert release.pinned("linux-amd64", lambda _: None) == (found,)
    assert found.path.read_bytes() == b"a release"


def test_a_release_with_another_hash_is_not_kept(archive, published, monkeypatch):
    known(monkeypatch, f"{published}/{archive.name}", "0" * 64)
    with pytest.raises(Refusal, match=r"sha256 [0-9a-f]{64}\n  expected: 0000"):
        release.pinned("linux-amd64", lambda _: None)
    assert not list(release.cache.folder("ollama").rglob("*.part"))


def test_a_release_out_of_reach_is_none(published, monkeypatch):
    known(monkeypatch, f"{published}/none.tar.zst", "0" * 64)
    assert release.pinned("linux-amd64", lambda _: None) == ()


def test_the_stand_in_is_refused_where_it_cannot_run():
    with pytest.raises(Refusal, match="linux-amd64 only"):
        release.standins("linux-arm64", lambda _: None)


def test_an_engine_on_another_architecture_is_refused():
    assert release.platform("aarch64") == "linux-arm64"
    with pytest.raises(Refusal, match="riscv64"):
        release.platform("riscv64")


def test_the_mirror_serves_the_releases_of_its_lab_and_locks_them(archive, tmp_path, monkeypatch):
    class Content:
        models = {"smollm2:135m": {"path": "library/smollm2", "digest": "d", "size": 3, "manifest": "{}"}}

    monkeypatch.setattr(upstream.extra, "registry_content", lambda: lambda _: Content)
    served = Release("0.34.4", "linux-amd64", archive, "f" * 64, 9, standin=False)
    for _ in range(2):
        laid_out = upstream.prepare(Name("two"), [served], lambda _: None)
    assert (laid_out.root / "archives" / served.asset).read_bytes() == b"a release"
    lock = laid_out.lock("http://192.0.2.6:5000")
    assert lock.ollama["0.34.4"]["linux-amd64"].url == (
        "http://192.0.2.6:5000/archives/ollama-0.34.4-linux-amd64.tar.zst"
    )
    assert lock.models["smollm2:135m"].registry == "http://192.0.2.6:5000"
    upstream.forget(Name("two"))
    assert not laid_out.root.exists()
    assert archive.exists()
