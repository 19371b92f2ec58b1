"""A restore checks everything first, and whatever goes wrong, what was there before is there again."""

import errno
import hashlib
import io
import json
import shutil
import tarfile

import pytest


def rewrite(path, change):
    """Write an archive anew after `change(members)`, with the members as `{name: bytes}`."""
    with tarfile.open(path) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}
    change(members)
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def manifest(members, /, **news):
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | news).encode()


def test_the_chat_is_what_it_was_and_what_was_there_is_kept(host):
    name = host.made()
    host.write("eve")
    said = host.restore.restore(host.chat, name)
    assert (host.users(), host.uploads()) == (["ann", "bob"], ["ann.txt", "bob.txt"])
    assert (said["restored"]["users"], host.asked) == (2, ["stop", "reset-failed", "restart"])
    host.restore.restore(host.chat, said["safety"])
    assert (host.users(), host.uploads()) == (["ann", "bob", "eve"], ["ann.txt", "bob.txt", "eve.txt"])
    assert not list(host.data.glob(".llamakeep*"))
    assert [path.name for path in (host.folder / "state").iterdir()] == [".lock"]


def test_what_cannot_be_cleared_away_afterwards_is_said_and_the_chat_serves(host, monkeypatch):
    name = host.made()
    host.write("eve")

    def fails(_data):
        raise OSError(errno.EROFS, "Read-only file system", "/srv/.llamakeep-before")

    with monkeypatch.context() as patch:
        patch.setattr(host.swap, "keep", fails)
        said = host.restore.restore(host.chat, name)
    assert (host.users(), said["left"]) == (["ann", "bob"], "/srv/.llamakeep-before: Read-only file system")
    assert host.restore.restore(host.chat, name)["left"] == ""
    assert not list(host.data.glob(".llamakeep*"))


def test_another_host_gets_the_key_too(host, other):
    name = host.made()
    shutil.copy(host.chat.folder / name, other.chat.folder / name)
    other.is_here()
    said = other.restore.restore(other.chat, name)
    assert other.users() == ["ann", "bob"]
    assert (other.keys / "secret_key").read_text() == "key of chat1\n"
    other.restore.restore(other.chat, said["safety"])
    assert (other.users(), (other.keys / "secret_key").read_text()) == (["zoe"], "key of chat2\n")


def test_one_that_does_not_answer_with_it_is_as_it_was(host):
    name = host.made()
    host.write("eve")
    (host.keys / "admin").write_text("email: a@b\npassword: x\n")
    before = host.all()
    host.starts = iter([1, 0])
    with pytest.raises(host.restore.Failed) as refused:
        host.restore.restore(host.chat, name)
    assert "does not answer with it" in refused.value.text
    assert "what was there before is back, and serves again" in refused.value.text
    assert host.all() == before


@pytest.mark.parametrize("cut", ["rename", "write", "mkdir"])
def test_one_that_is_cut_short_is_mended_by_the_next_start(host, monkeypatch, cut):
    name = host.made()
    host.write("eve")
    before = host.all()
    calls = []
    real = getattr(host.place.Path, cut, None) or host.swap.write

    def fails(*given, **more):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given, **more)

    with host.restore.unpacked(host.chat, host.chat.folder / name) as (found, _):
        with monkeypatch.context() as patch:
            patch.setattr(*(host.swap, "write", fails) if cut == "write" else (host.place.Path, cut, fails))
            try:
                host.swap.there(host.data, found.secrets)
            except KeyboardInterrupt:
                pass
            else:
                host.swap.undo(host.data)
        host.swap.mend(host.data)
    assert host.all() == before
    assert not host.swap.mend(host.data)


BROKEN = {
    "is cut off": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "has a wrong byte": lambda path: path.write_bytes(path.read_bytes()[:-300] + b"\0" * 50 + path.read_bytes()[-250:]),
    "is no archive": lambda path: path.write_text("hello"),
    "is empty": lambda path: path.write_text(""),
    "has another file than it says": lambda path: rewrite(
        path, lambda all_: all_.update({"data/uploads/ann.txt": b"notes of eve"})
    ),
    "lacks a file": lambda path: rewrite(path, lambda all_: all_.pop("data/uploads/ann.txt")),
    "has a file that it does not name": lambda path: rewrite(path, lambda all_: all_.update({"data/uploads/x": b""})),
    "leads out": lambda path: rewrite(
        path, lambda all_: manifest(all_, members={"data/uploads/../../../etc/x": {"sha256": "0" * 64, "size": 1}})
    ),
    "has no key": lambda path: rewrite(
        path,
        lambda all_: (
            all_.pop("keys/secret_key"),
            manifest(
                all_,
                members={
                    name: said
                    for name, said in json.loads(all_["manifest.json"])["members"].items()
                    if name != "keys/secret_key"
                },
            ),
        ),
    ),
    "is of a newer kit": lambda path: rewrite(path, lambda all_: manifest(all_, format=2)),
    "is not there": lambda path: path.unlink(),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_one_is_refused_before_anything_is_touched(host, fault):
    name = host.made()
    BROKEN[fault](host.chat.folder / name)
    before = host.all()
    with pytest.raises(host.place.Refusal) as refused:
        host.restore.restore(host.chat, name)
    assert "→" in refused.value.text
    assert (host.all(), host.asked) == (before, [])


def test_one_of_a_newer_version_is_refused_by_its_schema(host):
    host.runs("2.0", "aa", "bb")
    host.write("eve", revision="bb")
    name = host.made()
    host.write(revision="aa")
    host.runs("1.0", "aa")
    before = host.all()
    with pytest.raises(host.place.Refusal) as refused:
        host.restore.restore(host.chat, name)
    assert "is of Open WebUI 2.0, whose database (schema bb) 1.0 of this host cannot read" in refused.value.text
    assert "set open_webui_version to 2.0" in refused.value.text
    assert (host.all(), host.asked) == (before, [])


def test_one_of_an_older_version_is_taken(host):
    name = host.made()
    host.runs("2.0", "aa", "bb")
    host.write("eve", revision="bb")
    host.restore.restore(host.chat, name)
    assert host.users() == ["ann", "bob"]


def test_a_broken_database_can_be_replaced_and_is_kept(host):
    name = host.made()
    (host.data / "webui.db").write_bytes(b"not a database at all" * 500)
    said = host.restore.restore(host.chat, name)
    assert host.users() == ["ann", "bob"]
    kept = next(found for found in host.make.listed(host.chat) if found["name"] == said["safety"])
    assert (kept["reason"], kept["users"]) == ("restore", None)


def test_a_full_disk_is_refused_before_anything_is_touched(host, monkeypatch):
    name = host.made()
    before = host.all()
    monkeypatch.setattr(host.place, "RESERVE", 1 << 60)
    with pytest.raises(host.place.Refusal, match="MiB are free"):
        host.restore.restore(host.chat, name)
    assert (host.all(), host.asked) == (before, [])


@pytest.mark.parametrize("name", ["../x.tar.gz", "/etc/passwd", "x", "open-webui-a/b.tar.gz", ""])
def test_a_name_is_a_name(host, name):
    with pytest.raises(host.place.Refusal, match="is no name of a backup"):
        host.restore.restore(host.chat, name)


def test_one_that_comes_in_is_whole_or_not_there(host, other):
    name = host.made()
    whole = (host.chat.folder / name).read_bytes()
    sha256 = host.archive.hashlib.sha256(whole).hexdigest()
    with pytest.raises(host.place.Refusal, match="did not come in whole"):
        other.restore.receive(other.chat, name, len(whole), sha256, io.BytesIO(whole[:-1]))
    assert not (other.chat.folder / name).exists()
    other.restore.receive(other.chat, name, len(whole), sha256, io.BytesIO(whole))
    assert (other.chat.folder / name).read_bytes() == whole


def test_one_that_comes_in_broken_takes_the_name_of_none_that_is_there(host):
    name = host.made()
    path = host.chat.folder / name
    whole = path.read_bytes()
    part = whole[: len(whole) * 2 // 3]
    with pytest.raises((host.place.Refusal, ValueError, EOFError, OSError)):
        host.restore.receive(host.chat, name, len(part), hashlib.sha256(part).hexdigest(), io.BytesIO(part))
    assert path.read_bytes() == whole


def test_another_one_of_the_same_name_is_refused_and_the_same_one_is_taken(host, other):
    name = host.made()
    path = host.chat.folder / name
    whole = path.read_bytes()
    said = host.restore.receive(host.chat, name, len(whole), hashlib.sha256(whole).hexdigest(), io.BytesIO(whole))
    assert said["path"] == str(path)
    rewrite(path, lambda members: None)
    with pytest.raises(host.place.Refusal, match="is another one"):
        host.restore.receive(host.chat, name, len(whole), hashlib.sha256(whole).hexdigest(), io.BytesIO(whole))


def test_the_oldest_of_those_to_keep_can_be_restored_and_answers(host):
    host.chat.keep = 1
    first = host.made("restore")
    host.write("eve")
    said = host.restore.restore(host.chat, first)
    assert host.users() == ["ann", "bob"]
    assert said["restored"]["name"] == first
    assert (host.chat.folder / said["safety"]).exists()


def test_a_chat_that_cannot_be_stopped_is_left_alone(host):
    name = host.made()
    host.write("eve")
    before = host.all()
    host.restore.systemctl = lambda *words: int(words[0] == "stop")
    with pytest.raises(host.place.Refusal, match="cannot be stopped"):
        host.restore.restore(host.chat, name)
    assert host.all() == before
