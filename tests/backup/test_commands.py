"""What the verbs print, ask and answer with."""

import json

import pytest
from click.testing import CliRunner

from llamakeep import backup, inventory
from llamakeep.backup.line import PutBack
from llamakeep.backup.record import Backup, Expected, Fault, Restored, Round, Shelf, Taken
from llamakeep.cli.backup import command as backup_command
from llamakeep.cli.restore import command as restore_command
from llamakeep.errors import Refusal

NAME = "open-webui-chat1-20261123T010000Z-0.12.4-hand.tar.gz"
ONE = Backup(name=NAME, size=2 << 20, host="chat1", version="0.12.4", reason="hand", users=3, chats=12)
MADE = Taken(on="chat1", path=f"/var/backups/{NAME}", sha256="ab" * 32, backup=ONE)
FAULT = Fault(on="chat2", message="chat2: there is no database yet\n  → start the chat once")


def run(command, *words):
    """Return the exit code, as `main` would, and what was printed."""
    done = CliRunner().invoke(command, ["-i", "office", *words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def fleet(monkeypatch):
    """Nothing reaches a host: each verb's functions answer at once."""
    monkeypatch.setattr(inventory, "load", lambda *_: "a fleet")
    monkeypatch.setattr(backup, "chat_host", lambda fleet, name: name)
    monkeypatch.setattr(backup, "upload", lambda host, archive: archive)
    monkeypatch.setattr(backup, "expect", lambda *_: Expected(backup=ONE, version="0.12.4", users=4, chats=None))
    monkeypatch.setattr(backup, "restore", lambda *_: Restored(on="chat1", backup=ONE, safety="before.tar.gz"))
    monkeypatch.setattr(
        backup, "listed", lambda *_: Shelf(on="chat1", backups=(ONE, Backup(name="x", size=1, fault="/x: is broken")))
    )


@pytest.mark.parametrize(
    ("done", "code", "step"),
    [
        (Round(taken=(MADE,), faults=()), 0, "next: llamakeep restore -i office --host chat1 --list"),
        (Round(taken=(MADE,), faults=(FAULT,)), 1, "next: llamakeep observe -i office --limit chat2"),
        (Round(taken=(), faults=(FAULT,)), 2, "next: llamakeep observe -i office --limit chat2"),
        (
            Round(taken=(MADE.model_copy(update={"brought": f"to/{NAME}"}),), faults=()),
            0,
            f"next: llamakeep restore -i office --host chat1 to/{NAME}",
        ),
    ],
)
def test_a_backup_says_what_was_made_and_what_comes_next(monkeypatch, done, code, step):
    monkeypatch.setattr(backup, "take", lambda *_: done)
    got, out, _ = run(backup_command)
    assert (got, out.rstrip().splitlines()[-1]) == (code, step)
    assert ("2.0 MiB, 3 users, 12 chats, Open WebUI 0.12.4" in out) == bool(done.taken)
    assert ("✗ chat2  there is no database yet" in out) == bool(done.faults)
    assert json.loads(run(backup_command, "--json")[1]) == done.model_dump(mode="json")


def test_a_restore_is_one_that_somebody_wanted():
    with pytest.raises(Refusal, match="there is nobody to ask"):
        run(restore_command, "--host", "chat1", NAME)
    with pytest.raises(Refusal, match="a restore is for one chat"):
        run(restore_command, "--host", "chat1", "--limit", "chat1", NAME)
    code, out, _ = run(restore_command, "--host", "chat1", "--yes", NAME)
    assert (code, out.rstrip().splitlines()[-1]) == (0, "next: llamakeep verify -i office --limit chat1")
    assert "what was there before: before.tar.gz" in out


def test_one_that_was_put_back_is_not_as_wanted(monkeypatch):
    def restore(*_):
        raise PutBack("chat1", "the chat does not answer with it", id="restore-rolled-back")

    monkeypatch.setattr(backup, "restore", restore)
    code, out, err = run(restore_command, "--host", "chat1", "--yes", NAME)
    assert (code, out) == (1, "")
    assert "does not answer with it" in err


def test_those_on_the_host_are_listed_with_what_is_wrong_with_them():
    code, out, _ = run(restore_command, "--host", "chat1", "--list")
    assert code == 0
    assert "by hand" in out
    assert "is broken" in out
    shelf = json.loads(run(restore_command, "--host", "chat1", "--list", "--json")[1])
    assert [one["name"] for one in shelf["backups"]] == [NAME, "x"]
