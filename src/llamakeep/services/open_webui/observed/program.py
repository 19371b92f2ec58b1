"""What the chat of this host says of itself, and who may log in: `python3 -I - ADDRESS PORT DATA`.

Prints one JSON object. It changes nothing: a service that is stopped is not probed, because its door would
start it, and the database is read without a lock that a writer could meet and without a file of its own.

>>> {"answers": true, "version": "0.12.4", "sign_up": false, "users": [["admin@localhost", "admin"]]}
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any

try:
    import sqlite3
except ImportError:  # a minimal Python may come without it
    sqlite3 = None  # type: ignore[assignment]

UNIT = "open-webui.service"
PATIENCE = 3  # seconds
MOST = 1 << 20  # bytes of an answer


def runs(unit: str) -> bool:
    """Return whether a unit is up, as systemd has it."""
    shown = subprocess.run(["systemctl", "show", "-p", "ActiveState", unit], stdout=subprocess.PIPE, check=False)
    return shown.stdout.strip() in (b"ActiveState=active", b"ActiveState=reloading")


def config(address: str, port: int) -> dict[str, Any]:
    """Return what /api/config says; unknown paths answer 200 with a page, so that only JSON counts."""
    connection = http.client.HTTPConnection(address, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", "/api/config", headers={"Connection": "close"})
        answer = connection.getresponse()
        if answer.status != 200 or "json" not in (answer.getheader("Content-Type") or ""):
            return {}
        said = json.loads(answer.read(MOST))
    return said if isinstance(said, dict) else {}


def users(data: str) -> list[list[str]] | None:
    """Return the email and the role of everybody in the database; None: there is none that can be read."""
    if sqlite3 is None or os.geteuid() != 0:
        return None
    path = Path(data) / "webui.db"
    seen = path.parent.stat()
    groups = os.getgroups()
    os.setgroups([seen.st_gid])  # what the owner could have laid there must not lead root astray
    os.setegid(seen.st_gid)
    os.seteuid(seen.st_uid)
    try:
        # Of a log that lies beside it, SQLite reads the index and writes none. Without that index, and with a log
        # that has something in it, reading would mean to make one: then nobody is seen.
        log, index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
        if log.exists() and log.stat().st_size and not index.exists():
            return None
        how = "readonly_shm=1" if index.exists() else "immutable=1"
        uri = f"file:{urllib.parse.quote(str(path))}?mode=ro&{how}"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1)) as database:
            rows = database.execute("select email, role from user order by email").fetchall()
        return [[str(email), str(role)] for email, role in rows]
    except (OSError, sqlite3.Error):
        return None
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def look(address: str, port: int, data: str) -> dict[str, Any]:
    """Return all of it."""
    found: dict[str, Any] = {"answers": False, "users": None}
    with contextlib.suppress(OSError):
        found["users"] = users(data)
    if not runs(UNIT):
        return found
    try:
        said = config(address, port)
    except (OSError, ValueError, http.client.HTTPException):
        return found
    features = said.get("features")
    sign_up = features.get("enable_signup") if isinstance(features, dict) else None
    version = said.get("version")
    if isinstance(version, str):
        found.update(answers=True, version=version, sign_up=sign_up if isinstance(sign_up, bool) else None)
    return found


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], int(sys.argv[2]), sys.argv[3])))  # noqa: T201
