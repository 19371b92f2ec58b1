"""A backup holds all of a chat, while the chat is in use; for root alone, and no more of them than wanted."""

import contextlib
import json
import os
import sqlite3
import tarfile

import pytest


def members(path):
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}


def test_it_holds_the_database_the_files_the_log_and_the_key(host):
    (host.data / "audit.log").write_text("one line\n")
    (host.data / "cache").mkdir()
    (host.data / "cache" / "big").write_text("can be made again")
    said = host.make.make(host.chat, "hand")
    found = members(said["path"])
    manifest = json.loads(found.pop("manifest.json"))
    assert (said["users"], said["version"], said["schema"], said["host"]) == (2, "1.0", "aa", "chat1")
    assert set(found) == set(manifest["members"])
    assert set(found) == {
        "data/audit.log",
        "data/uploads/ann.txt",
        "data/uploads/bob.txt",
        "data/webui.db",
        "keys/secret_key",
    }
    assert host.place.Path(said["path"]).stat().st_mode & 0o777 == 0o600


def test_what_is_written_meanwhile_stops_nobody_and_spoils_nothing(host):
    with contextlib.closing(sqlite3.connect(host.data / "webui.db")) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("insert into user values ('not committed')")
        said = host.make.make(host.chat, "hand")
        writer.commit()
    assert said["users"] == 2


def test_a_link_leads_to_no_file_of_others(host):
    (host.folder / "shadow").write_text("of root")
    (host.data / "uploads" / "x").symlink_to(host.folder / "shadow")
    os.mkfifo(host.data / "uploads" / "y")
    (host.data / "audit.log").symlink_to(host.folder / "shadow")
    with pytest.raises(OSError, match="symbolic"):
        host.made()
    (host.data / "audit.log").unlink()
    assert b"of root" not in b"".join(members(host.chat.folder / host.made()).values())


def test_each_kind_is_kept_by_its_own_number(host, monkeypatch):
    clock = iter(range(1_700_000_000, 1_800_000_000, 3600))
    monkeypatch.setattr(host.make.time, "gmtime", lambda: __import__("time").localtime(next(clock)))
    first = [host.made("version"), *(host.made("schedule") for _ in range(5))]
    kept = [found["name"] for found in host.make.listed(host.chat)]
    assert sorted(kept) == sorted([first[0], *first[3:]])


def test_a_full_disk_is_refused_and_leaves_nothing(host, monkeypatch):
    monkeypatch.setattr(host.place, "RESERVE", 1 << 60)
    with pytest.raises(host.place.Refusal, match="MiB are free"):
        host.made()
    assert [path.name for path in host.chat.folder.iterdir()] == [".lock"]


def test_what_a_killed_run_left_goes(host):
    (host.chat.folder / ".making-x").mkdir()
    host.made()
    assert not (host.chat.folder / ".making-x").exists()


def test_a_file_that_changes_while_it_is_read_is_read_again(host, monkeypatch):
    looked_at, tries = host.archive.looked_at, []

    def then_write(sources):
        found = looked_at(sources)
        tries.append(1)
        if len(tries) == 1:
            (host.data / "uploads" / "ann.txt").write_text("longer than it was before")
        return found

    monkeypatch.setattr(host.archive, "looked_at", then_write)
    assert b"longer" in members(host.chat.folder / host.made())["data/uploads/ann.txt"]
    assert len(tries) == 2


def test_a_broken_database_is_said(host):
    (host.data / "webui.db").write_bytes(b"SQLite format 3\0" + b"\7" * 8000)
    with pytest.raises(host.place.Refusal, match="cannot be copied"):
        host.made()


def test_a_chat_without_a_database_is_said(host):
    (host.data / "webui.db").unlink()
    with pytest.raises(host.place.Refusal, match="no database yet"):
        host.made()


def test_one_without_the_key_is_refused_and_takes_the_place_of_none(host):
    first = host.made("schedule")
    (host.keys / "secret_key").unlink()
    with pytest.raises(host.place.Refusal, match="could not be restored"):
        host.made("schedule")
    assert [path.name for path in host.chat.folder.glob("*.tar.gz")] == [first]
