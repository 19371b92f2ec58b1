#!/usr/bin/python3 -IS
"""Gets Open WebUI ready to start: its keys, and a way back to the database of the version that ran before.

  open-webui-prepare DATA EMAIL      before each start, as root
  open-webui-prepare --healthy     once it answers

Keys are made here, and read by root alone; systemd hands them over in an environment that no other user sees. Before
another version than the last one touches the database, the database is copied; when that version never answered, the
one that is put back finds the copy in its place.
"""

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import sys

KEYS = "/etc/llamakeep/open_webui"
CURRENT = "/opt/llamakeep/open_webui/current"
STATE = "/var/lib/llamakeep/open_webui"
ENVIRONMENT = os.path.join(STATE, "environment")
PARTS = ("webui.db", "webui.db-wal")
COPIES = 3  # kept, the newest


def prepare(data, email):
    for folder in (KEYS, STATE):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    guard(data)
    variables = {"WEBUI_SECRET_KEY": kept("secret_key", lambda: secrets.token_urlsafe(48))}
    if not has_users(data):
        variables |= {"WEBUI_ADMIN_EMAIL": email, "WEBUI_ADMIN_PASSWORD": password(email), "WEBUI_ADMIN_NAME": "Admin"}
    write(ENVIRONMENT, "".join(f"{name}={quoted(value)}\n" for name, value in variables.items()))


def kept(name, make):
    """Return what a file of root's holds; the first time, have it made."""
    path = os.path.join(KEYS, name)
    if not os.path.exists(path):
        write(path, make() + "\n")
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def password(email):
    """Return the first administrator's password: from the inventory's vault, else one that is made here."""
    if os.path.exists(os.path.join(KEYS, "admin_password")):
        return kept("admin_password", str)
    said = kept("admin", lambda: f"email: {email}\npassword: {secrets.token_urlsafe(18)}")
    return said.split("password: ", 1)[1]


def quoted(value):
    r"""Return a value as an EnvironmentFile= takes it.

    >>> quoted('a"b')
    '"a\\"b"'
    """
    for character in '\\"$`':
        value = value.replace(character, "\\" + character)
    return f'"{value}"'


def write(path, text):
    beside = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(beside)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


@contextlib.contextmanager
def owner_of(data):
    """Be the user whom the data belong to: what he could have laid there must not lead root astray."""
    seen = os.stat(data)
    os.setegid(seen.st_gid)
    os.seteuid(seen.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def has_users(data):
    path = os.path.join(data, "webui.db")
    with owner_of(data):
        if not os.path.exists(path):
            return False
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                return database.execute("select 1 from user limit 1").fetchone() is not None
        except sqlite3.Error:  # it was not made to its end
            return False


def guard(data):
    """Copy the database before another version touches it, or put the copy back."""
    now, last = os.path.basename(os.path.realpath(CURRENT)), state()
    if last["version"] not in ("", now) and os.path.exists(os.path.join(data, "webui.db")):
        copy = os.path.join(STATE, now)
        if not last["healthy"] and os.path.isdir(copy):
            put_back(copy, data)
            print(f"{last['version']} never answered: the database is again as {now} left it")  # noqa: T201
        else:
            take_copy(data, os.path.join(STATE, last["version"]))
    if last["version"] != now:
        write(os.path.join(STATE, "state.json"), json.dumps({"version": now, "healthy": False}))


def state():
    try:
        with open(os.path.join(STATE, "state.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"version": "", "healthy": False}


def take_copy(data, copy):
    beside = f"{copy}.new"
    shutil.rmtree(beside, ignore_errors=True)
    os.mkdir(beside, 0o700)
    for name in PARTS:
        with contextlib.suppress(FileNotFoundError):
            with owner_of(data):
                source = open(os.path.join(data, name), "rb")  # noqa: SIM115 - read as root again
            with source, open(os.path.join(beside, name), "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.flush()
                os.fsync(target.fileno())
    shutil.rmtree(copy, ignore_errors=True)
    os.rename(beside, copy)
    folders = [entry for entry in os.scandir(STATE) if entry.is_dir()]
    for old in sorted(folders, key=lambda entry: entry.stat().st_mtime)[:-COPIES]:
        shutil.rmtree(old.path)


def put_back(copy, data):
    for name in PARTS:
        place = os.path.join(data, name)
        try:
            source = open(os.path.join(copy, name), "rb")  # noqa: SIM115 - written as another user
        except FileNotFoundError:
            with owner_of(data), contextlib.suppress(FileNotFoundError):
                os.unlink(place)
            continue
        with source, owner_of(data):
            with open(f"{place}.new", "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                os.fsync(target.fileno())
            os.replace(f"{place}.new", place)
    with owner_of(data), contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(data, "webui.db-shm"))


def healthy():
    last = state()
    if not last["healthy"]:
        write(os.path.join(STATE, "state.json"), json.dumps({**last, "healthy": True}))
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ENVIRONMENT)


if __name__ == "__main__":
    if sys.argv[1] == "--healthy":
        healthy()
    else:
        prepare(*sys.argv[1:])
