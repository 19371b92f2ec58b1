"""Open WebUI as hosts of a lab said it, and the program that asks there."""

import ast
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hosts_said import said

from llamakeep.observe.ask import Ask
from llamakeep.services.open_webui.observed import program
from llamakeep.services.open_webui.observed.ask import AskOpenWebui
from llamakeep.services.open_webui.observed.fact import OpenWebuiFact
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui


def test_a_chat_that_answers() -> None:
    seen = OpenWebuiFact().parse(said("chat", "converged"))
    assert seen == SeenOpenWebui(answers=True, version="0.12.4", sign_up=False, admins=1, users=("admin@lab.example",))


def test_of_a_chat_that_is_stopped_its_users_are_known_all_the_same() -> None:
    seen = OpenWebuiFact().parse(said("chat", "stopped"))
    assert (seen.answers, seen.version, seen.users) == (False, None, ("admin@lab.example",))


def test_users_that_nobody_could_read_are_not_none_at_all() -> None:
    seen = OpenWebuiFact().parse(said("chat", "no-database"))
    assert (seen.answers, seen.users, seen.admins) == (True, None, None)


def test_where_there_is_to_be_none_nothing_is_asked() -> None:
    assert OpenWebuiFact().question(Ask()) == "echo none"
    assert OpenWebuiFact().parse("none\n") is None


def test_the_program_is_python_3_9() -> None:
    ast.parse(Path(program.__file__).read_text(), feature_version=(3, 9))


def test_the_question_runs_under_a_shell_whatever_the_paths_are(tmp_path: Path) -> None:
    (tmp_path / "systemctl").write_text("#!/bin/sh\necho ActiveState=inactive\n")
    (tmp_path / "systemctl").chmod(0o755)
    ask = Ask(python=sys.executable, services=(AskOpenWebui("127.0.0.1", 9, str(tmp_path / "it's none")),))
    done = subprocess.run(
        ["sh"],
        input=OpenWebuiFact().question(ask),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert OpenWebuiFact().parse(done.stdout) == SeenOpenWebui(answers=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database in which the newest rows stand in the log alone, as in one that is in use."""
    writer = sqlite3.connect(tmp_path / "webui.db")
    writer.execute("pragma journal_mode = wal")
    writer.execute("create table user (email, role)")
    writer.execute("pragma wal_checkpoint(truncate)")
    writer.execute("insert into user values ('ada@example.org', 'admin')")
    writer.commit()
    yield tmp_path
    writer.close()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the owner of the database")


def looks(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}


@needs_root
def test_users_are_read_from_the_log_too_and_no_file_is_touched(data: Path) -> None:
    before = looks(data)
    assert program.users(str(data)) == [["ada@example.org", "admin"]]
    assert looks(data) == before


@needs_root
def test_a_log_without_its_index_is_left_alone(data: Path, tmp_path_factory) -> None:
    left = tmp_path_factory.mktemp("left")
    for name in ("webui.db", "webui.db-wal"):
        (left / name).write_bytes((data / name).read_bytes())
    before = looks(left)
    assert program.users(str(left)) is None
    assert looks(left) == before


@needs_root
@pytest.mark.parametrize("text", [b"", b"this is no database" * 100])
def test_what_is_no_database_has_no_users(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "webui.db").write_bytes(text)
    assert program.users(str(tmp_path)) is None
