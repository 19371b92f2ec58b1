"""The first administrator of this host's Open WebUI, as its database knows him."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.chat_api import KEY, UNIT, Chat, Silent
from ansible_collections.llamakeep.fleet.plugins.module_utils.owner import Owner
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

PYTHON = "/opt/llamakeep/open_webui/current/bin/python"
# The program lets nobody but the first of all users change that one. Older versions have no `session_stamp`.
QUERY = """
select a.*, u.id as id, u.email as email from "user" u join auth a on a.id = u.id
where u.role = 'admin' and a.active order by u.created_at, u.id limit 1
"""
# Runs with the program's own libraries, in its own network: that is where its database server can be reached. What it
# is told comes on its input, where nobody else can read it.
ASKER = """
import json, sys
from sqlalchemy import create_engine, text
address, query = json.load(sys.stdin)
with create_engine(address).connect() as server:
    rows = server.execute(text(query)).mappings().all()
print(json.dumps([{key: row.get(key) for key in ("id", "email", "session_stamp")} for row in rows]))
"""
HOSTS = "/etc/llamakeep/open-webui-hosts"


def enter(chat: Chat, data: str, secret: str = KEY) -> Chat:
    """Return the program, asked in the name of its first administrator."""
    return chat.entered(find(data), signing_key(secret))


def signing_key(path: str = KEY) -> str:
    """Return the key by which the program signs what it gives to those who log in."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().rstrip("\n")
    except OSError as error:
        found = f"cannot be read: {error.strerror}"
        raise Refusal(
            path, found, id="signing-key-unreadable", remedy=f"restart {UNIT}, which makes one where there is none"
        ) from error


def find(data: str) -> dict[str, Any]:
    """Return `{"id": "02eb…", "email": "admin@example.org", "session_stamp": "28c7…" or None}`."""
    address = environment(_shown("MainPID")).get("DATABASE_URL", "")
    rows = _of_server(address) if address.startswith("postgres") else of_file(os.path.join(data, "webui.db"))
    if not rows:
        raise Refusal(
            "Open WebUI",
            "none of its users is an administrator",
            id="chat-administrator-missing",
            expected="the first one, whom the role makes",
            remedy=f"restart {UNIT}, which makes one where there are no users at all; else restore a backup",
        )
    return {key: rows[0].get(key) for key in ("id", "email", "session_stamp")}


def of_file(path: str) -> list[dict[str, Any]]:
    """Ask a database that is a file, with the rights of the user whose it is."""
    if not os.path.exists(path):
        raise Silent(
            path, "is not there", id="chat-database-missing", remedy=f"see whether {UNIT} runs, and with these data"
        )
    try:
        with _owner_of(os.path.dirname(path)).rights(), contextlib.closing(_opened(path)) as database:
            return [dict(row) for row in database.execute(QUERY)]
    except (sqlite3.Error, OSError) as error:
        remedy = f"see whether {UNIT} runs, and with these data"
        raise Refusal(path, f"cannot be read: {error}", id="chat-database-unreadable", remedy=remedy) from error


def _opened(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    database.row_factory = sqlite3.Row
    return database


def _owner_of(folder: str) -> Owner:
    seen = os.stat(folder)
    return Owner(seen.st_uid, seen.st_gid)


def _of_server(address: str) -> list[dict[str, Any]]:
    """Ask a database server as the program itself would: as its user, in its network, with its names."""
    there = " ".join([UNIT, *_shown("JoinsNamespaceOf").split()])
    sealed = [
        "PrivateNetwork=yes",
        f"JoinsNamespaceOf={there}",
        "User=open-webui",
        f"BindReadOnlyPaths=-{HOSTS}:/etc/hosts",
    ]
    into = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *(f"--property={one}" for one in sealed)]
    done = subprocess.run(
        [*into, "--", PYTHON, "-P", "-c", ASKER],
        input=json.dumps([address, QUERY]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "Error" in line] or done.stderr.strip().splitlines()
        said = (lines or ["it said nothing"])[-1].replace(address, "…")
        raise Refusal(
            "the database of Open WebUI",
            f"does not answer: {said}",
            id="chat-database-unreachable",
            remedy=f"see whether {UNIT} runs",
        )
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def environment(pid: str) -> dict[str, str]:
    """Return the variables with which a process was started; empty: it does not run."""
    try:
        with open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace") as file:
            return dict(entry.split("=", 1) for entry in file.read().split("\0") if "=" in entry)
    except OSError:
        return {}


def _shown(name: str) -> str:
    ask = ["systemctl", "show", "--property", name, "--value", UNIT]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
