"""Files, links and folders: what cannot be done is not undone at the cost of what stood there."""

import errno
import os
from types import SimpleNamespace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import files, receipt, replaced
from ansible_collections.llamakeep.fleet.plugins.module_utils.files import File, Folder, Foreign, Link
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.modules import managed

MODULE = SimpleNamespace(check_mode=False)


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / "theirs"
    path.write_text("theirs\n")
    return path


def attributes(path, **more):
    return {**receipt.attributes(str(path)), **more}


def entry(kind, path, ours=False):
    item = {
        "path": str(path),
        "to": "/elsewhere",
        "content": "ours\n",
        "owner": "root",
        "group": "root",
        "mode": "0644",
    }
    return kind(MODULE, item, ours)


@pytest.mark.parametrize("kind", [File, Link, Foreign])
def test_what_could_not_be_put_aside_still_stands(theirs, monkeypatch, kind):
    def keep(path):
        raise OSError(errno.ENOSPC, "No space left on device", path)

    monkeypatch.setattr(replaced, "keep", keep)
    one = entry(kind, theirs)
    with pytest.raises(OSError, match="No space left"):
        one.apply()
    one.undo()
    assert theirs.read_text() == "theirs\n"


def test_what_was_moved_and_could_not_be_given_its_owner_is_moved_back(theirs, monkeypatch, tmp_path):
    def chown(*_where, **_how):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(replaced, "FOLDER", str(tmp_path / "kept"))
    monkeypatch.setattr(replaced.os, "chown", chown)
    with pytest.raises(OSError, match="not permitted"):
        replaced.keep(str(theirs))
    assert theirs.read_text() == "theirs\n"


def test_a_link_in_the_place_of_a_file_of_ours_comes_back_as_a_link(theirs, tmp_path, monkeypatch):
    path = tmp_path / "ours"
    path.symlink_to(theirs)
    monkeypatch.setattr(File, "_write", lambda *_: path.unlink())
    one = entry(File, path, ours=True)
    assert one.diff
    one.apply()
    one.undo()
    assert path.readlink() == theirs
    assert theirs.read_text() == "theirs\n"


def test_a_store_that_is_a_link_to_another_disk_is_judged_by_what_lies_there(tmp_path):
    disk, store = tmp_path / "disk", tmp_path / "store"
    disk.mkdir(mode=0o750)
    store.symlink_to(disk)
    left = {"path": str(store), **attributes(disk)}
    assert receipt._folder(left) == ""
    assert Folder(MODULE, left, ours=False).diff == []
    assert receipt._folder({**left, "mode": "0700"}) == "mode 0750, expected 0700"


def test_a_strangers_link_does_not_choose_what_root_gives_away(tmp_path, monkeypatch):
    disk, store = tmp_path / "disk", tmp_path / "store"
    disk.mkdir(mode=0o750)
    store.symlink_to(disk)
    monkeypatch.setattr(files, "foreign_link", lambda path: path)
    assert Folder(MODULE, {"path": str(store), **attributes(disk)}, ours=False).diff == []
    with pytest.raises(Refusal, match="a link that is not root's"):
        Folder(MODULE, {"path": str(store), **attributes(disk, mode="0700")}, ours=False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can set another user's link")
def test_a_strangers_link_is_found_wherever_it_lies_on_the_way(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "theirs").symlink_to("disk")
    (tmp_path / "ours").symlink_to("theirs")
    assert files.foreign_link(str(tmp_path / "ours/models")) is None
    os.chown(tmp_path / "theirs", 1234, 1234, follow_symlinks=False)
    assert files.foreign_link(str(tmp_path / "ours/models")) == str(tmp_path / "theirs")


class Step:
    """An entry that fails where it is told to."""

    def __init__(self, path, does=None, undoes=None):
        self.path, self.does, self.undoes, self.undone = path, does, undoes, False

    def apply(self):
        if self.does:
            raise self.does

    def undo(self):
        if self.undoes:
            raise self.undoes
        self.undone = True


@pytest.mark.parametrize(("fails", "raised"), [(Exception("atomic_move: no"), Refusal), (SystemExit(1), SystemExit)])
def test_whatever_fails_all_is_taken_back_and_one_that_cannot_be_stops_no_other(fails, raised):
    warned = []
    module = SimpleNamespace(run_command=lambda _: (0, "", ""), warn=warned.append)
    steps = [Step("/first"), Step("/second", undoes=OSError("full")), Step("/third", does=fails)]
    difference = SimpleNamespace(
        entries=steps, seen={}, part=lambda _: [], resealed=list, leftovers=SimpleNamespace(start=lambda _: None)
    )
    with pytest.raises(raised) as failure:
        managed.Managed(module, difference).apply()
    assert [step.undone for step in steps] == [True, False, True]
    assert warned == ["/second: could not be put back: full"]
    if raised is Refusal:
        assert str(failure.value).startswith("/third: atomic_move: no")
        assert "/second could not be put back" in str(failure.value)


@pytest.mark.parametrize(("mode", "shown"), [("0644", True), ("0600", False), ("0640", False)])
def test_what_others_may_not_read_stands_in_no_diff(theirs, mode, shown):
    item = {"path": str(theirs), "content": "ours: a key\n", "owner": "root", "group": "root", "mode": mode}
    diff = File(MODULE, item, False).diff[0]
    assert ("a key" in diff["after"], "theirs" in diff["before"]) == (shown, shown)
    assert diff["before"] != diff["after"]
    theirs.unlink()
    diff = File(MODULE, item, False).diff[0]
    assert (diff["before"], "a key" in diff["after"]) == ("", shown)
