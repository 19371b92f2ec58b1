"""Before each start: the keys are there, and there is a way back to the database of before."""

import contextlib
import importlib.util
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[3] / "roles/open_webui/templates/prepare.py"


class Host:
    """The places of a host in a folder of the test's own."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.reads = {}  # version -> revisions of the database that it can read
        program.KEYS = folder / "keys"
        program.STATE = folder / "state"
        program.CURRENT = folder / "current"
        program.swap.place.KEYS, program.swap.place.STATE = program.KEYS, program.STATE
        self.environment = folder / "state" / "environment"

    def start(self, version, healthy=True):
        """Start a version, and return the variables that it got."""
        (self.folder / version).mkdir(exist_ok=True)
        migrations = self.folder / version / "lib/python3.13/site-packages/open_webui/migrations/versions"
        for known in self.reads.get(version, ()):
            migrations.mkdir(parents=True, exist_ok=True)
            (migrations / f"{known}_.py").write_text(f"revision: str = '{known}'\n")
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "current").unlink()
        (self.folder / "current").symlink_to(version)
        self.program.prepare(self.data, "admin@example.org")
        said = self.environment.read_text()
        if healthy:
            self.program.healthy()
        return dict(line.split("=", 1) for line in said.splitlines())

    def write(self, text):
        with contextlib.closing(sqlite3.connect(self.data / "webui.db")) as database:
            database.execute("create table if not exists user (id text)")
            database.execute("insert into user values (?)", [text])
            database.commit()

    def migrate(self, revision):
        with contextlib.closing(sqlite3.connect(self.data / "webui.db")) as database:
            database.execute("create table if not exists alembic_version (version_num text)")
            database.execute("delete from alembic_version")
            database.execute("insert into alembic_version values (?)", [revision])
            database.commit()

    def users(self):
        with contextlib.closing(sqlite3.connect(self.data / "webui.db")) as database:
            return [row[0] for row in database.execute("select id from user")]


@pytest.fixture
def host(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("prepare", PROGRAM)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    for name in ("KEYS", "STATE"):  # put back when the test is over
        monkeypatch.setattr(program.swap.place, name, getattr(program.swap.place, name))
    return Host(program, tmp_path)


def test_keys_are_made_once_and_for_root_alone(host):
    first = host.start("1.0")
    second = host.start("1.0")
    assert len(first["WEBUI_SECRET_KEY"]) > 60
    assert first == second
    for name in ("secret_key", "admin"):
        assert (host.folder / "keys" / name).stat().st_mode & 0o777 == 0o600


def test_the_environment_is_gone_once_it_answers(host):
    host.start("1.0", healthy=False)
    assert host.environment.stat().st_mode & 0o777 == 0o600
    host.program.healthy()
    assert not host.environment.exists()


def test_the_admin_is_named_until_there_are_users(host):
    assert host.start("1.0")["WEBUI_ADMIN_EMAIL"] == '"admin@example.org"'
    host.write("ann")
    assert set(host.start("1.0")) == {"WEBUI_SECRET_KEY"}


def test_a_password_of_the_vault_comes_first_and_reaches_the_program_whole(host):
    (host.folder / "keys").mkdir()
    wanted = 'a "b" $c `d` \\e #f '
    (host.folder / "keys" / "admin_password").write_text(wanted)
    said = host.start("1.0")["WEBUI_ADMIN_PASSWORD"]
    # The characters that systemd.exec(5) lets a backslash take away are those of the shell.
    assert subprocess.check_output(["bash", "-c", f"printf %s {said}"], text=True) == wanted


def test_a_version_that_never_answered_gives_the_database_back(host):
    host.start("1.0")
    host.write("ann")
    host.start("2.0", healthy=False)
    host.write("half a migration")
    host.start("1.0")
    assert host.users() == ["ann"]


def test_a_version_that_answered_keeps_what_was_written_since(host):
    host.start("1.0")
    host.write("ann")
    host.start("2.0")
    host.write("bob")
    host.start("2.0")
    assert host.users() == ["ann", "bob"]
    assert json.loads((host.folder / "state/state.json").read_text()) == {
        "version": "2.0",
        "healthy": True,
        "from": "1.0",
    }


def test_an_old_copy_is_not_put_back_for_a_version_that_ran_long_ago(host):
    """The newest never answered, nor did the one that came back for it: the oldest begins with what is there now."""
    host.start("1.0")
    host.write("ann")
    host.start("2.0")
    host.write("bob")
    host.start("3.0", healthy=False)
    host.start("2.0", healthy=False)
    host.start("1.0")
    assert host.users() == ["ann", "bob"]


def test_a_log_of_the_database_that_was_not_written_back_goes_with_it(host):
    host.start("1.0")
    host.write("ann")
    (host.data / "webui.db-wal").write_bytes(b"log of 1.0")
    host.start("2.0", healthy=False)
    (host.data / "webui.db-wal").unlink()
    (host.data / "webui.db-shm").write_bytes(b"index of 2.0")
    host.start("1.0", healthy=False)
    assert (host.data / "webui.db-wal").read_bytes() == b"log of 1.0"
    index = host.data / "webui.db-shm"
    assert not index.exists() or index.read_bytes() != b"index of 2.0"


def test_old_copies_are_thrown_away(host):
    host.start("1.0")
    host.write("ann")
    for number in range(2, 8):
        host.start(f"{number}.0")
    assert len([entry for entry in (host.folder / "state").iterdir() if entry.is_dir()]) == host.program.COPIES


def test_an_older_version_gets_the_database_that_it_left(host):
    host.reads = {"1.0": ["aa"], "2.0": ["aa", "bb"]}
    host.start("1.0")
    host.write("ann")
    host.migrate("aa")
    host.start("2.0")
    host.migrate("bb")
    host.write("bob")
    host.start("1.0")
    assert host.users() == ["ann"]
    host.start("2.0", healthy=False)
    assert host.users() == ["ann"]


def test_an_older_version_that_can_read_it_keeps_what_was_written_since(host):
    host.reads = {"1.0": ["aa"], "1.1": ["aa"]}
    host.start("1.0")
    host.write("ann")
    host.migrate("aa")
    host.start("1.1")
    host.write("bob")
    host.start("1.0")
    assert host.users() == ["ann", "bob"]


def test_an_older_version_without_a_copy_does_not_touch_the_newer_database(host):
    host.reads = {"1.0": ["aa"], "2.0": ["aa", "bb"]}
    host.start("2.0")
    host.write("ann")
    host.migrate("bb")
    with pytest.raises(SystemExit, match="no copy of its own"):
        host.start("1.0")
    host.start("2.0")
    assert host.users() == ["ann"]


def test_the_way_back_is_never_thrown_away_by_the_start_that_needs_it(host):
    host.reads = {f"{number}.0": [f"{known:02}" for known in range(1, number + 1)] for number in range(1, 7)}
    for number in range(1, 7):
        host.start(f"{number}.0")
        host.write(str(number))
        host.migrate(f"{number:02}")
    host.start("3.0")
    assert host.users() == ["1", "2", "3"]
