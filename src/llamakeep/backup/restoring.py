"""Having a chat be what a backup says; the host checks all of it before it touches anything."""

import hashlib
import re
from pathlib import Path

from llamakeep.backup.line import Line
from llamakeep.backup.record import Expected, Restored, Shelf, backup
from llamakeep.backup.taking import GROUP, refuse_elsewhere
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet, Host

_NAME = re.compile(r"open-webui-[\w.-]{1,200}\.tar\.gz", re.ASCII)


def chat_host(fleet: Fleet, name: str) -> Host:
    """Return the chat host of that name."""
    known = [host for host in fleet.hosts if GROUP in host.groups]
    found = next((host for host in known if host.name == name), None)
    if found is None:
        names = ", ".join(host.name for host in known) or "none"
        raise Refusal(
            f"--host {name}", "is no chat of this inventory", id="not-a-chat-host", expected=f"one of {GROUP}: {names}"
        )
    refuse_elsewhere(found)
    return found


def listed(host: Host) -> Shelf:
    """Return the backups that lie on a host, the newest first."""
    answer = Line(host).ask("list")["backups"]
    return Shelf(on=host.name, backups=tuple(backup(one) for one in answer))


def upload(host: Host, archive: str) -> str:
    """Return the name of a backup on the host; a file of the control node is brought there first."""
    path = Path(archive)
    if not path.is_file():
        if path.name != archive:
            raise Refusal(
                archive,
                "there is no such file on this machine",
                id="archive-missing",
                remedy="llamakeep restore --list …",
            )
        return archive
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.seek(0, 2)
            name = path.name if _NAME.fullmatch(path.name) else f"open-webui-{sha256[:12]}.tar.gz"
            file.seek(0)
            Line(host).ask("receive", name, str(size), sha256, given=file)
    except OSError as error:
        raise Refusal(
            archive, error.strerror or str(error), id="archive-unreadable", remedy="it is to be read by you"
        ) from error
    return name


def expect(host: Host, name: str) -> Expected:
    """Have the host check a backup, and say what it would replace; nothing is touched."""
    answer = Line(host).ask("check", name)
    return Expected(backup=backup(answer["backup"]), **answer["now"])


def restore(host: Host, name: str) -> Restored:
    """Restore a backup that lies on the host."""
    answer = Line(host).ask("restore", name)
    restored = backup(answer["restored"])
    return Restored(on=host.name, backup=restored, safety=answer["safety"], left=answer.get("left", ""))
