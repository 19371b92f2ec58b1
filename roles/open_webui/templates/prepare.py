#!/usr/bin/python3 -IBS
"""Gets Open WebUI ready to start: its keys, and a way back to the database of the version that ran before.

  open-webui-prepare DATA EMAIL [keyed] [elsewhere]   before each start, as root
  open-webui-prepare --healthy                        once it answers

keyed: the gateway knows it by a key; elsewhere: its users are in no file of this host, but in a database server.

Keys are made here, and read by root alone; systemd hands them over in an environment that no other user sees. Before
another version than the last one touches the database, the database is copied; when that version never answered, the
one that is put back finds the copy in its place. So does an older version, which cannot read what a newer one made of
the database.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "open-webui-backup"))
import schema
import swap
from place import Refusal, owner_of

KEYS = Path("/etc/llamakeep/open_webui")
CURRENT = Path("/opt/llamakeep/open_webui/current")
STATE = Path("/var/lib/llamakeep/open_webui")
PARTS = ("webui.db", "webui.db-wal")
COPIES = 3  # kept, the newest


def prepare(data: Path, email: str, *words: str) -> None:
    """Have all that a start needs, and say it in the environment that systemd reads."""
    for folder in (KEYS, STATE):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with swap.lock():
        if swap.mend(data):
            print("a restore was cut short: the chat is again what it was before")  # noqa: T201
        guard(data)
    variables = {"WEBUI_SECRET_KEY": kept("secret_key", lambda: secrets.token_urlsafe(48))}
    if "keyed" in words:
        variables["OLLAMA_API_CONFIGS"] = json.dumps({"0": {"enable": True, "key": kept("backend_key", str)}})
    if "elsewhere" in words or not has_users(data):
        variables |= {"WEBUI_ADMIN_EMAIL": email, "WEBUI_ADMIN_PASSWORD": password(email), "WEBUI_ADMIN_NAME": "Admin"}
    write(STATE / "environment", "".join(f"{name}={quoted(value)}\n" for name, value in variables.items()))


def kept(name: str, make: Callable[[], str]) -> str:
    """Return what a file of root's holds; the first time, have it made."""
    path = KEYS / name
    if not path.exists():
        write(path, make() + "\n")
    return path.read_text(encoding="utf-8").rstrip("\n")


def password(email: str) -> str:
    """Return the first administrator's password: from the inventory's vault, else one that is made here."""
    if (KEYS / "admin_password").exists():
        return kept("admin_password", str)
    said = kept("admin", lambda: f"email: {email}\npassword: {secrets.token_urlsafe(18)}")
    return said.split("password: ", 1)[1]


def quoted(value: str) -> str:
    r"""Return a value as an EnvironmentFile= takes it.

    >>> quoted('a"b')
    '"a\\"b"'
    """
    for character in '\\"$`':
        value = value.replace(character, "\\" + character)
    return f'"{value}"'


def write(path: Path, text: str) -> None:
    """Write a file that only root can read, in one step."""
    staged = path.with_name(f"{path.name}.new")
    staged.unlink(missing_ok=True)
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def has_users(data: Path) -> bool:
    """Say whether anybody can log in: then no first administrator is made."""
    path = data / "webui.db"
    with owner_of(data):
        if not path.exists():
            return False
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                return database.execute("select 1 from user limit 1").fetchone() is not None
        except sqlite3.Error:  # it was not made to its end
            return False


def guard(data: Path) -> None:
    """Copy the database before another version touches it, or put back the copy of the one that starts."""
    now, last = CURRENT.resolve().name, state()
    if last["version"] not in ("", now) and (data / "webui.db").exists():
        # Only the version that ran before has the copy that was taken last; an older one's may be months old.
        if not last["healthy"] and last.get("from") == now and (STATE / now).is_dir():
            put_back(STATE / now, data)
            print(f"{last['version']} never answered: the database is again as {now} left it")  # noqa: T201
        else:
            take_copy(data, STATE / last["version"])
            if not schema.readable(CURRENT.resolve(), data):
                go_back(data, now, last["version"])
    if last["version"] != now:
        before = last["version"] if last["healthy"] else last.get("from", "")
        write(STATE / "state.json", json.dumps({"version": now, "healthy": False, "from": before}))


def go_back(data: Path, now: str, newer: str) -> None:
    """Have an older version find the database as it left it; what was written since lies with the copies."""
    if not (STATE / now).is_dir():
        sys.exit(
            f"{now} cannot read the database that {newer} left, and there is no copy of its own\n"
            f"  expected: {STATE / now}\n"
            f"  → set open_webui_version back to {newer}"
        )
    put_back(STATE / now, data)
    print(f"{now} cannot read what {newer} left: the database is again as {now} left it")  # noqa: T201


def state() -> dict[str, Any]:
    """Return `{"version": "0.12.4", "healthy": true}`: what was started last, and whether it ever answered."""
    try:
        text = (STATE / "state.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {"version": "", "healthy": False}
    found: dict[str, Any] = json.loads(text)
    return found


def take_copy(data: Path, copy: Path) -> None:
    """Copy the database as the version left it that ran last. Nobody writes: the service does not run."""
    staged = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    for name in PARTS:
        with contextlib.suppress(FileNotFoundError):
            with owner_of(data):
                source = (data / name).open("rb")
            with source, (staged / name).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.flush()
                os.fsync(target.fileno())
    shutil.rmtree(copy, ignore_errors=True)
    staged.rename(copy)
    for old in sorted(filter(Path.is_dir, STATE.iterdir()), key=lambda folder: folder.stat().st_mtime)[:-COPIES]:
        if old.name != CURRENT.resolve().name:  # the way back of the one that starts
            shutil.rmtree(old)


def put_back(copy: Path, data: Path) -> None:
    """Have the database be the copy, and nothing of what was written since."""
    for name in PARTS:
        try:
            source = (copy / name).open("rb")
        except FileNotFoundError:
            with owner_of(data):
                (data / name).unlink(missing_ok=True)
            continue
        with source, owner_of(data):
            staged = data / f"{name}.new"
            with staged.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.flush()
                os.fsync(target.fileno())
            staged.replace(data / name)
    with owner_of(data):
        (data / "webui.db-shm").unlink(missing_ok=True)


def healthy() -> None:
    """Note that it answers; what it was told is needed no longer."""
    last = state()
    if not last["healthy"]:
        write(STATE / "state.json", json.dumps({**last, "healthy": True}))
    (STATE / "environment").unlink(missing_ok=True)


if __name__ == "__main__":
    os.umask(0o077)
    try:
        if sys.argv[1] == "--healthy":
            healthy()
        else:
            prepare(Path(sys.argv[1]), *sys.argv[2:])
    except Refusal as refusal:
        sys.exit(refusal.text)
