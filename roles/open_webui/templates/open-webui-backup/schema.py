"""Which schema a database of Open WebUI has, and which of them a version can read."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from place import DATABASE, Refusal, owner_of

# As alembic's files say it: `revision: str = 'f8c0e5b134cd'`.
REVISION = re.compile(r"^revision(?:\s*:[^=]+)?\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
WAIT = 30  # seconds for a lock of the service's


@contextlib.contextmanager
def opened(data: Path, name: str = DATABASE) -> Iterator[sqlite3.Connection]:
    """Open a database of the chat's, as the one whom it belongs to."""
    with owner_of(data):
        path = (data / name).absolute()
        # Not mode=ro: where the last one did not close it, the log is written back first.
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=WAIT)) as database:
            database.execute("pragma trusted_schema=off")
            yield database


def of(database: sqlite3.Connection) -> str:
    """Return the revision that a database stands at; empty where it says none."""
    try:
        row = database.execute("select version_num from alembic_version").fetchone()
    except sqlite3.OperationalError:  # no such table
        return ""
    return row[0] if row else ""


def of_data(data: Path, name: str = DATABASE) -> str:
    """Return the revision of the database in a folder."""
    try:
        with opened(data, name) as database:
            return of(database)
    except sqlite3.Error as error:
        raise Refusal(data / name, f"is no whole database: {error}") from error


def known(release: Path) -> set[str]:
    """Return every revision that an installed version can read, from its own migrations; none where it has none."""
    found = set()
    for path in release.glob("lib/python3*/site-packages/open_webui/migrations/versions/*.py"):
        found.update(REVISION.findall(path.read_text(encoding="utf-8", errors="replace")))
    return found


def reads(release: Path, revision: str) -> bool:
    """Say whether a version can read a database: one that is older it migrates."""
    revisions = known(release)
    return not revision or not revisions or revision in revisions


def readable(release: Path, data: Path) -> bool:
    """Say whether a version can read the database in a folder."""
    return not known(release) or reads(release, of_data(data))


def counts(database: sqlite3.Connection) -> dict[str, int | None]:
    """Return `{"users": 3, "chats": 12}`; null where there is no such table."""
    found = {}
    for name in ("user", "chat"):
        try:
            found[f"{name}s"] = database.execute(f'select count(*) from "{name}"').fetchone()[0]  # noqa: S608 - both stand here
        except sqlite3.OperationalError:
            found[f"{name}s"] = None
    return found
