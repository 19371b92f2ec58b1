"""Before another version takes over there is a backup, and a database that it can read."""

import os
import shutil

import pytest


def test_nothing_happens_while_the_version_stays(host):
    assert host.change.before(host.chat, "1.0") == {"changed": False}
    assert host.make.listed(host.chat) == []


def test_a_database_elsewhere_is_left_to_whoever_runs_it(host):
    host.chat.elsewhere = True
    assert host.change.before(host.chat, "2.0") == {"changed": False}
    with pytest.raises(host.place.Refusal, match="on a server of its own"):
        host.place.refuse_elsewhere(host.chat)


def test_a_newer_version_is_backed_up_for(host):
    host.runs("2.0", "aa", "bb")
    host.runs("1.0", "aa")
    said = host.change.before(host.chat, "2.0")
    assert (said["changed"], said["returns"], said["made"]["reason"]) == (True, None, "version")


def test_an_older_version_takes_its_database_out_of_a_backup(host):
    host.made()
    host.runs("2.0", "aa", "bb")
    host.write("eve", revision="bb")
    said = host.change.before(host.chat, "1.0")
    assert said["returns"].endswith("Z")
    assert said["made"]["users"] == 3
    assert host.schema.of_data(host.folder / "state" / "1.0") == "aa"


def test_an_older_version_without_any_is_refused_before_anything_is_touched(host):
    host.runs("2.0", "aa", "bb")
    host.write(revision="bb")
    before = host.all()
    with pytest.raises(host.place.Refusal, match=r"cannot read the database that 2\.0 left"):
        host.change.before(host.chat, "1.0")
    assert (host.all(), host.make.listed(host.chat)) == (before, [])


def test_an_older_version_finds_the_copy_that_it_left_and_when_that_was_is_said(host):
    copy = host.folder / "state" / "1.0"
    shutil.copytree(host.data, copy)
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    host.runs("2.0", "aa", "bb")
    host.write("eve", revision="bb")
    for _ in range(2):
        assert host.change.before(host.chat, "1.0")["returns"] == "2023-11-14T22:13:20Z"
