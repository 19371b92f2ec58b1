"""A release comes whole and verified, or not at all."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import release as release_module
from ansible_collections.llamakeep.fleet.plugins.module_utils import space
from ansible_collections.llamakeep.fleet.plugins.module_utils.release import Release
from members import member, names, release_members


@pytest.mark.parametrize("name", ["ollama.tgz", "ollama.tar.zst"])
def test_a_release_comes_and_the_second_run_changes_nothing(bring, pack, releases, host, registry, name):
    packed = pack(name=name)
    answer = bring(packed.arguments)
    assert answer["changed"], answer
    assert answer["received"] == len(packed.bytes)
    program = releases / "0.34.4/bin/ollama"
    assert subprocess.check_output([program]) == b"0.34.4\n"
    assert (program.stat().st_mode & 0o7777, program.stat().st_uid) == (0o755, os.getuid())
    assert (releases / "0.34.4/bin").stat().st_mode & 0o7777 == 0o755
    assert str((releases / "0.34.4/lib/ollama/libggml.so").readlink()) == "libggml.so.1"
    assert names(host / "cache") == []
    asked = len(registry.asked)
    assert not bring(packed.arguments)["changed"]
    assert len(registry.asked) == asked


def test_a_file_on_the_host_is_an_archive_too(bring, pack, releases):
    packed = pack()
    answer = bring({"url": f"file://{packed.path}", "sha256": packed.sha256})
    assert (answer["changed"], answer["received"]) == (True, 0)
    assert (releases / "0.34.4/bin/ollama").exists()
    assert packed.path.exists()


def test_what_was_hashed_is_what_is_unpacked(bring, pack, releases, host, monkeypatch):
    packed = pack()
    install = Release.install

    def swapped(self, archive, *more):
        packed.path.write_bytes(b"another one, a moment later")
        assert Path(archive).stat().st_mode & 0o7777 == 0o600
        install(self, archive, *more)

    monkeypatch.setattr(Release, "install", swapped)
    assert bring({"url": f"file://{packed.path}", "sha256": packed.sha256})["changed"]
    assert (releases / "0.34.4/bin/ollama").exists()
    assert names(host / "cache") == []


def test_check_mode_says_what_would_come_and_leaves_no_trace(bring, pack, releases, host, registry):
    packed = pack()
    answer = bring(packed.arguments, check=True)
    assert answer["changed"]
    assert answer["diff"]["prepared"].startswith(f"+ {releases}/0.34.4  from {registry.url}/archives/ollama.tgz, ")
    assert names(host) == ["ollama.tgz"]
    assert not registry.asked


@pytest.mark.parametrize("by_file", [False, True])
def test_a_wrong_sha256_is_named_and_nothing_is_unpacked(bring, pack, releases, host, by_file):
    packed = pack()
    place = str(packed.path) if by_file else packed.arguments["url"]
    url = f"file://{packed.path}" if by_file else packed.arguments["url"]
    expected = "0" * 64
    answer = bring({"url": url, "sha256": expected})
    assert answer["msg"].splitlines()[:2] == [
        f"{place}: its sha256 is {packed.sha256}",
        f"  expected: {expected}",
    ]
    assert not answer["changed"]
    assert not releases.exists() or names(releases) == []


def test_a_wrong_archive_leaves_the_old_release_as_it_is(bring, pack, releases):
    old = pack()
    bring(old.arguments, "0.32.9")
    (releases / "current").symlink_to("0.32.9")
    before = Release(str(releases / "0.32.9")).fault(old.sha256)
    assert "sha256" in bring({**old.arguments, "sha256": "f" * 64})["msg"]
    assert before == Release(str(releases / "0.32.9")).fault(old.sha256) == ""
    assert names(releases) == ["0.32.9", "current"]


def test_a_server_that_dies_is_named_and_the_next_run_resumes(bring, pack, registry):
    packed = pack()
    registry.dies_at = 0.6
    answer = bring(packed.arguments)
    kept = int(len(packed.bytes) * 0.6)
    assert f"HTTP 503 Service Unavailable; {kept} bytes are kept" in answer["msg"] or "broke off" in answer["msg"]
    registry.dies_at, registry.status, registry.sent = None, 200, 0
    answer = bring(packed.arguments)
    assert answer["resumed"] == kept
    assert answer["received"] == registry.sent == len(packed.bytes) - kept


def test_a_size_that_nobody_knows_is_no_obstacle_even_to_resuming(bring, pack, registry, host, releases):
    packed = pack()
    (host / "cache").mkdir()
    (host / "cache" / f"{packed.sha256}.tgz").write_bytes(packed.bytes)
    assert bring({**packed.arguments, "size": 0})["resumed"] == len(packed.bytes)
    assert registry.sent == 0
    (host / "cache" / f"{packed.sha256}.tgz").write_bytes(packed.bytes[:1000])
    assert bring({**packed.arguments, "size": 0}, "0.34.4-again")["resumed"] == 1000


def test_a_file_that_was_changed_in_a_release_is_named_and_the_release_brought_again(bring, pack, releases):
    packed = pack()
    bring(packed.arguments)
    program = releases / "0.34.4/bin/ollama"
    program.write_text("#!/bin/sh\necho evil\n")
    answer = bring(packed.arguments)
    assert "(bin/ollama was changed)" in answer["diff"]["prepared"]
    assert subprocess.check_output([program]) == b"0.34.4\n"
    assert not bring(packed.arguments)["changed"]


def test_another_archive_of_the_same_version_takes_its_place(bring, pack, releases):
    bring(pack(name="one.tgz").arguments)
    answer = bring(pack(*release_members(b"rebuilt"), name="two.tgz").arguments)
    assert "(of another archive (sha256 " in answer["diff"]["prepared"]
    assert subprocess.check_output([releases / "0.34.4/bin/ollama"]) == b"rebuilt\n"
    assert names(releases) == ["0.34.4"]


def test_older_releases_go_but_for_the_one_in_use_and_what_is_not_ours(bring, pack, releases):
    packed = pack()
    for version in ("0.30.0", "0.31.0"):
        bring(packed.arguments, version)
    (releases / "current").symlink_to("0.31.0")
    (releases / "by hand").mkdir()
    answer = bring(packed.arguments, "0.32.0", check=True)
    assert f"- {releases}/0.30.0  older than the release in use" in answer["diff"]["prepared"]
    answer = bring(packed.arguments, "0.32.0")
    assert answer["removed"] == [str(releases / "0.30.0")]
    assert names(releases) == ["0.31.0", "0.32.0", "by hand", "current"]
    assert bring(packed.arguments, "0.32.0")["removed"] == []


def test_a_disk_that_is_too_small_is_told_before_anything_comes(bring, pack, registry, monkeypatch, host):
    monkeypatch.setattr(space, "free", lambda _path: 1000)
    answer = bring(pack().arguments)
    assert "1000 B free on this disk" in answer["msg"]
    assert "for the archive" in answer["msg"]
    assert "for what it unpacks to" in answer["msg"]
    assert not registry.asked


def test_a_disk_that_fills_up_while_it_is_unpacked_leaves_no_half_release(bring, pack, releases, monkeypatch, host):
    packed = pack()

    def unpack(archive, folder, zstd):
        Path(folder, "bin").mkdir()
        raise OSError(28, "No space left on device", folder)

    with monkeypatch.context() as full:
        full.setattr(release_module, "unpack", unpack)
        answer = bring(packed.arguments)
    assert "No space left on device; the release in use is as it was" in answer["msg"]
    assert names(releases) == []
    answer = bring(packed.arguments)
    assert (answer["changed"], answer["received"], answer["resumed"]) == (True, 0, len(packed.bytes))


def test_a_run_that_was_killed_while_it_unpacked_is_made_good_by_the_next(bring, pack, releases, host):
    packed = pack()
    releases.mkdir(parents=True)
    script = (
        "import time\n"
        "from ansible_collections.llamakeep.fleet.plugins.module_utils import release\n"
        "def unpack(archive, folder, zstd):\n"
        "    open(folder + '/half', 'w').close(); print('unpacking', flush=True); time.sleep(60)\n"
        "release.unpack = unpack\n"
        f"release.Release({str(releases / '0.34.4')!r}).install('', '', None)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    run.stdout.readline()
    run.kill()
    run.wait()
    assert names(releases) == [".unpacking-0.34.4"]
    assert bring(packed.arguments)["changed"]
    assert names(releases) == ["0.34.4"]


@pytest.mark.parametrize(
    "evil",
    [
        [member("../evil", b"x")],
        [member("/etc/evil", b"x")],
        [member("lib", type=tarfile.SYMTYPE, linkname="/etc")],
        [member("lib", type=tarfile.SYMTYPE, linkname="../..")],
        [member("up", type=tarfile.SYMTYPE, linkname="here/.."),
         member("here", type=tarfile.SYMTYPE, linkname="."),
         member("up/evil", b"x")],
        [member("hard", type=tarfile.LNKTYPE, linkname="../../../ollama.tgz")],
        [member("device", type=tarfile.CHRTYPE)],
        [member("pipe", type=tarfile.FIFOTYPE)],
    ],
)  # fmt: skip
def test_an_archive_that_would_lead_out_of_its_folder_is_refused(bring, pack, releases, host, evil):
    answer = bring(pack(*release_members(), *evil).arguments)
    assert "would lead out of the folder, or is a device" in answer["msg"]
    assert names(releases) == []
    assert not list(host.rglob("evil"))


def test_a_broken_archive_with_the_right_hash_is_told(bring, pack, releases):
    packed = pack()
    for name in ("half.tgz", "half.tar.zst"):
        packed.path.with_name(name).write_bytes(packed.bytes[:1000])
        half = type(packed)(packed.path.with_name(name), _Nowhere())
        answer = bring({"url": f"file://{half.path}", "sha256": half.sha256})
        assert f"{half.path}: cannot be unpacked (" in answer["msg"]
        assert names(releases) == []


class _Nowhere:
    url = ""
    files = {}


def test_no_zstd_on_the_host_is_told_with_the_package(pack, host):
    from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

    release = Release(str(host / "opt/0.34.4"))
    with pytest.raises(Refusal, match="needs the program zstd"):
        release.install(str(pack(name="ollama.tar.zst").path), "", None)
    assert names(host / "opt") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "https://mirror.example/a.tgz", "sha256": "ABC"}, "expected: 64 hexadecimal digits"),
        ({"url": "ftp://mirror.example/a.tgz", "sha256": "0" * 64}, "expected: http://…, https://…, or file:///…"),
    ],
)
def test_what_cannot_be_an_archive_is_refused_before_it_is_asked_for(bring, arguments, words):
    assert words in bring(arguments)["msg"]


def test_a_release_that_was_put_aside_when_the_power_went_is_back(releases):
    (releases / ".unpacking-0.34.4.old").mkdir(parents=True)
    (releases / ".unpacking-0.34.4.old" / "VERSION").write_text("the one in use")
    (releases / ".unpacking-0.34.4").mkdir()
    Release(str(releases / "0.34.4")).sweep()
    assert names(releases) == ["0.34.4"]
    assert (releases / "0.34.4" / "VERSION").read_text() == "the one in use"
