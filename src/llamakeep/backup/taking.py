"""Having every chat backed up now, and the archives brought here."""

import os
import shutil
from pathlib import Path

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.backup.line import Line
from llamakeep.backup.record import Fault, Round, Taken, backup
from llamakeep.errors import Refusal
from llamakeep.hosts.pool import pool
from llamakeep.inventory.fleet import Fleet, Host

GROUP = "chat_hosts"
_AT_ONCE = 8  # hosts


def take(fleet: Fleet, to: Path | None = None) -> Round:
    """Make a backup on each chat host, and bring it into a folder of the control node; a host stops no other."""
    hosts = [host for host in fleet.hosts if GROUP in host.groups]
    if not hosts:
        raise Refusal(fleet.inventory, "has no chat", id="no-chat-host", expected=f"hosts in the group {GROUP}")
    if to is not None:
        try:
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refusal(
                f"--to {to}",
                f"cannot be made: {error.strerror}",
                id="folder-not-writable",
                remedy="name another folder",
            ) from error
    with pool(_AT_ONCE) as threads:
        done = list(threads.map(lambda host: _one(host, to), hosts))
    return Round(
        taken=tuple(one for one in done if isinstance(one, Taken)),
        faults=tuple(one for one in done if isinstance(one, Fault)),
    )


def refuse_elsewhere(host: Host) -> None:
    """Refuse a chat whose database lies on a server of its own."""
    if host.inputs.get("open_webui_database"):
        raise Refusal(
            host.name,
            "open_webui_database is set: its database is on a server of its own",
            id="database-elsewhere",
            remedy="back that up there (pg_dump); this verb is for a database on the chat's own host",
        )


def _one(host: Host, to: Path | None) -> Taken | Fault:
    try:
        refuse_elsewhere(host)
        line = Line(host)
        answer = line.ask("make")
        brought = "" if to is None else str(_bring(line, host, answer, to))
    except Refusal as refusal:
        return Fault(on=host.name, message=str(refusal))
    return Taken(
        on=host.name,
        path=answer["path"],
        sha256=answer["sha256"],
        backup=backup(answer),
        brought=brought,
        removed=tuple(answer["removed"]),
    )


def _bring(line: Line, host: Host, answer: dict[str, str | int], to: Path) -> Path:
    """Copy an archive here, for its owner alone; it takes its name when it is whole."""
    name, size = str(answer["name"]), int(answer["size"])
    if Path(name).name != name:
        raise Refusal(host.name, f"names an archive {name!r}, which is no file name", id="archive-name-invalid")
    free = shutil.disk_usage(to).free
    if size > free:
        raise Refusal(
            str(to), f"{readable(free)} free on this disk", id="disk-full-here", expected=f"{readable(size)} for {name}"
        )
    staged = to / f".{name}.part"
    staged.unlink(missing_ok=True)
    try:
        # Whoever may write to the folder as well could lay a file, or a link, of his own there meanwhile.
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            seen = line.draw("send", name, into=file)
        if seen != answer["sha256"]:
            raise Refusal(
                str(to / name),
                f"came with sha256 {seen}",
                id="archive-digest-mismatch",
                expected=str(answer["sha256"]),
                remedy="run again",
            )
        return staged.replace(to / name)
    except OSError as error:
        raise Refusal(
            str(to / name), error.strerror or str(error), id="file-access-failed", remedy="see to it and run again"
        ) from error
    finally:
        staged.unlink(missing_ok=True)
