"""Before another version takes over there is a backup, and a database that it can read."""

import pytest


def test_nothing_happens_while_the_version_stays(host):
    assert host.change.before(host.chat, "1.0") == {"changed": False}
    assert host.make.listed(host.chat) == []


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
