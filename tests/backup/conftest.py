"""A chat host in a folder: the program that runs there, with the places of the test's own."""

import contextlib
import importlib
import sqlite3
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "roles/open_webui/templates/open-webui-backup"
MODULES = ("archive", "change", "make", "place", "restore", "schema", "swap")


class Host:
    """Data, keys, versions and backups; `starts` says whether the chat answers after each start."""

    def __init__(self, folder, modules, name="chat1"):
        self.folder = folder
        vars(self).update(modules)
        self.data, self.keys, self.versions = folder / "data", folder / "keys", folder / "versions"
        for path in (self.data / "uploads", self.keys, self.versions, folder / "backups", folder / "state"):
            path.mkdir(parents=True)
        told = {"data": self.data, "folder": folder / "backups", "keep": 3, "host": name, "elsewhere": False}
        self.chat = self.place.Chat(told)
        self.asked, self.starts = [], iter(())
        self.is_here()

    def is_here(self):
        """Have the modules look at this host: a test may have two."""
        self.place.KEYS, self.place.STATE = self.keys, self.folder / "state"
        self.place.CURRENT = self.versions / "current"
        self.restore.systemctl = self.systemctl

    def systemctl(self, *words):
        self.asked.append(words[0])
        return next(self.starts, 0) if words[0] == "restart" else 0

    def runs(self, version, *revisions):
        """Install a version that can read these revisions, and have it be the one in use."""
        folder = self.versions / version / "lib/python3.13/site-packages/open_webui/migrations/versions"
        folder.mkdir(parents=True, exist_ok=True)
        for revision in revisions:
            (folder / f"{revision}_x.py").write_text(f"import x\nrevision: str = '{revision}'\n")
        (self.versions / "current").unlink(missing_ok=True)
        (self.versions / "current").symlink_to(version)

    def write(self, *users, revision="aa"):
        """Have these users in the database, and a file of each."""
        with contextlib.closing(sqlite3.connect(self.data / "webui.db")) as database:
            database.executescript(
                """create table if not exists "user" (id text); create table if not exists chat (id text);
                create table if not exists alembic_version (version_num text);
                delete from alembic_version;"""
            )
            database.execute("insert into alembic_version values (?)", [revision])
            database.executemany('insert into "user" values (?)', [[user] for user in users])
            database.commit()
        for user in users:
            (self.data / "uploads" / f"{user}.txt").write_text(f"notes of {user}")
        (self.keys / "secret_key").write_text(f"key of {self.chat.host}\n")

    def users(self):
        with contextlib.closing(sqlite3.connect(self.data / "webui.db")) as database:
            return [row[0] for row in database.execute('select id from "user"')]

    def uploads(self):
        return sorted(path.name for path in (self.data / "uploads").iterdir())

    def made(self, reason="hand"):
        return self.make.make(self.chat, reason)["name"]

    def all(self):
        """Return every file of the chat with its content: what must not change."""
        found = [*self.data.rglob("*"), *self.keys.rglob("*")]
        return {str(path): path.read_bytes() for path in found if path.is_file() and path.suffix != ".db-shm"}


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(PROGRAM))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    loaded = {name: importlib.import_module(name) for name in MODULES}
    yield loaded
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def host(tmp_path, modules):
    found = Host(tmp_path / "chat1", modules)
    found.runs("1.0", "aa")
    found.write("ann", "bob")
    return found


@pytest.fixture
def other(tmp_path, modules, host):
    found = Host(tmp_path / "chat2", modules, "chat2")
    found.runs("1.0", "aa")
    found.write("zoe")
    host.is_here()
    return found
