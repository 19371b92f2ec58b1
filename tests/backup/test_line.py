"""What is asked of a host's program, what it answers, and an archive that passes through."""

import io
import sys

import pytest

from fake_host import ASKING, SUDO, Scene
from llamakeep import backup
from llamakeep.backup import line, taking
from llamakeep.backup.line import Line, PutBack
from llamakeep.errors import Refusal
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.lock.lock import Lock

PROGRAM = r"""
import hashlib, json, sys
verb, *words = sys.argv[1:]
if verb == "make":
    print(json.dumps({"name": "open-webui-a.tar.gz", "path": "/x/a", "size": 3 << 20, "sha256": SHA, "removed": [],
                      "format": 1, "host": "chat1", "users": 2, "chats": 5, "version": "1.0", "members": {}}))
elif verb == "send":
    sys.stdout.buffer.write(bytes(3 << 20))
elif verb == "receive":
    given = sys.stdin.buffer.read()
    assert [len(given), hashlib.sha256(given).hexdigest()] == [int(words[1]), words[2]], given[:80]
    print(json.dumps({"name": words[0]}))
elif verb == "back":
    sys.exit("it does not answer\n  → what was there before is back")
elif verb == "refuse":
    sys.stderr.write("a.tar.gz: is broken\n  → take another one\n")
    sys.exit(2)
elif verb == "crash":
    1 / 0
elif verb == "sleep":
    import time
    time.sleep(5)
"""


def host(**connection):
    given = {"kind": "local", "address": "chat1", "become": False, **connection}
    return Host(name="chat1", groups=("chat_hosts",), connection=Connection(**given))


def fleet(*hosts):
    return Fleet(inventory="office.yml", lock=Lock(), hosts=hosts)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Have every host run this; `SHA` is that of what it sends."""
    sha256 = line.hashlib.sha256(bytes(3 << 20)).hexdigest()

    def set_(sha256=sha256):
        path = tmp_path / "program.py"
        path.write_text(f"SHA = {sha256!r}\n{PROGRAM}")
        monkeypatch.setattr(line, "PROGRAM", (sys.executable, str(path)))

    set_()
    return set_


@pytest.fixture
def asked(program):
    return Line(host())


def test_a_backup_comes_here_whole_and_for_its_owner_alone(tmp_path, program):
    done = backup.take(fleet(host()), tmp_path / "to")
    (one,) = done.taken
    assert (one.on, one.backup.users, done.faults) == ("chat1", 2, ())
    brought = tmp_path / "to" / "open-webui-a.tar.gz"
    assert (one.brought, brought.stat().st_size, brought.stat().st_mode & 0o777) == (str(brought), 3 << 20, 0o600)
    assert [path.name for path in (tmp_path / "to").iterdir()] == [brought.name]


def test_one_that_does_not_come_whole_is_not_kept(tmp_path, program):
    program("0" * 64)
    done = backup.take(fleet(host()), tmp_path / "to")
    assert "came with sha256" in done.faults[0].message
    assert list((tmp_path / "to").iterdir()) == []


def test_an_inventory_without_a_chat_is_refused(program):
    with pytest.raises(Refusal, match="has no chat"):
        backup.take(fleet())


def test_a_database_elsewhere_is_said(program):
    there = host().model_copy(update={"inputs": {"open_webui_database": "postgresql://…"}})
    assert "pg_dump" in taking.take(fleet(there)).faults[0].message


def test_an_archive_of_this_machine_goes_there(tmp_path, program):
    archive = tmp_path / "open-webui-b.tar.gz"
    archive.write_bytes(bytes(range(256)) * 20_000)
    assert backup.upload(host(), str(archive)) == archive.name
    other = archive.rename(tmp_path / "renamed.tgz")
    assert backup.upload(host(), str(other)).startswith("open-webui-")
    assert backup.upload(host(), "open-webui-on-the-host.tar.gz") == "open-webui-on-the-host.tar.gz"
    with pytest.raises(Refusal, match="no such file"):
        backup.upload(host(), str(archive))


def test_what_the_program_refuses_is_passed_on_under_the_hosts_name(asked):
    with pytest.raises(Refusal) as refused:
        asked.ask("refuse")
    assert str(refused.value) == "chat1: a.tar.gz: is broken\n  → take another one"
    with pytest.raises(PutBack, match="it does not answer"):
        asked.ask("back")
    with pytest.raises(Refusal, match="ZeroDivisionError") as crashed:
        asked.ask("crash")
    assert not isinstance(crashed.value, PutBack)


def test_a_host_without_the_program_is_told_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr(line, "PROGRAM", (sys.executable, str(tmp_path / "none")))
    with pytest.raises(Refusal, match="no program for backups"):
        Line(host()).ask("list")


@pytest.mark.parametrize("asks", [True, False])
def test_sudos_password_is_read_by_sudo_and_never_by_the_program(tmp_path, program, asks):
    scene = Scene(tmp_path)
    scene.program("sudo", ASKING if asks else SUDO)
    told = Line(host().model_copy(update={"connection": scene.connection(secret="open sesame")}))  # noqa: S106 - made up for fake_host.py
    given = bytes(1 << 20)
    sha256 = line.hashlib.sha256(given).hexdigest()
    assert told.ask("receive", "x", str(len(given)), sha256, given=io.BytesIO(given)) == {"name": "x"}


def test_a_host_that_is_not_reached_and_one_without_root_are_told(tmp_path, program):
    scene = Scene(tmp_path)
    scene.program("sudo", ASKING)
    there = host().model_copy(update={"connection": scene.connection()})
    with pytest.raises(Refusal, match="ops does not become root by sudo: sudo asks for a password") as refused:
        Line(there).ask("list")
    scene.ssh("echo 'ssh: connect to host 192.0.2.7 port 22: Connection refused' >&2; exit 255")
    with pytest.raises(Refusal, match=r"nothing answers at 192\.0\.2\.7") as away:
        Line(there).ask("list")
    assert (refused.value.id, away.value.id) == ("become-failed", "host-unreachable")


def test_a_connection_that_breaks_in_the_middle_is_told(tmp_path, program):
    scene = Scene(tmp_path)
    scene.ssh("(sleep 1; kill -9 $$) >/dev/null 2>&1 &", runs="/bin/sh")
    there = host().model_copy(update={"connection": scene.connection()})
    with pytest.raises(Refusal, match=r"ended with status -9|broke off"):
        Line(there).ask("sleep")


def test_a_name_that_is_no_chat_is_refused():
    with pytest.raises(Refusal, match="is no chat of this inventory"):
        backup.chat_host(fleet(host()), "llm1")
