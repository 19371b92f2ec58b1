"""What the kit remembers of a fleet: how each host was left, and the runs. One home, beside the lock.

`.llamakeep/hosts/<host>.json` is small, holds no secret, and belongs under version control with the inventory;
`.llamakeep/runs/` stays out of it. The variable LLAMAKEEP_STATE, or --state, names another folder.
"""

import json
import os
import urllib.parse
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llamakeep.errors import Refusal
from llamakeep.inventory.place import folder_of

if TYPE_CHECKING:
    from llamakeep.converge.log import HostLog
    from llamakeep.record import Record

VARIABLE = "LLAMAKEEP_STATE"
FOLDER = ".llamakeep"  # hidden: Ansible takes no such folder for a part of the inventory
_ELSEWHERE = f"--state DIR, or {VARIABLE}, names a folder for it"
_EXPECTED = "a folder in which this user may write what was found and done"


class Kept(NamedTuple):
    """Where the records of a run lie; None and why, where they could not be kept."""

    folder: Path | None
    note: str = ""


def home(inventory: str) -> Path:
    """Return the folder in which the kit remembers what it did to an inventory.

    Raises Refusal for a list of host names, which has no place of its own.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).absolute()
    if "," in inventory:
        raise Refusal(
            f"-i {inventory}",
            "a list of hosts is no place to remember anything",
            id="state-folder-unclear",
            remedy=_ELSEWHERE,
        )
    return folder_of(inventory) / FOLDER


def runs(inventory: str) -> Path:
    """Return the folder that has one folder for each run; made where it is missing, and kept out of version control."""
    place = home(inventory) / "runs"
    try:
        place.mkdir(parents=True, exist_ok=True)
        ignore = place / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        if not os.access(place, os.W_OK | os.X_OK):
            raise Refusal(
                str(place), "cannot be written", id="folder-not-writable", expected=_EXPECTED, remedy=_ELSEWHERE
            )
    except OSError as error:
        found = f"cannot be written: {error.strerror}"
        raise Refusal(str(place), found, id="folder-not-writable", expected=_EXPECTED, remedy=_ELSEWHERE) from error
    return place


def keep(inventory: str, records: "dict[str, Record]") -> Kept:
    """Write the records of a run, by stage; where there is no place for them, say so and go on."""
    from llamakeep.runs import Run

    try:
        run = Run(runs(inventory))
        for stage, record in records.items():
            run.save(stage, record)
    except Refusal as refusal:
        return Kept(None, f"nothing was kept of this run: {refusal.place}: {refusal.found} → {_ELSEWHERE}")
    return Kept(run.folder)


def remember(inventory: str, kit: str, hosts: "Iterable[HostLog]") -> str:
    """Note the receipt that a converge left on each host; return what is to be said where that cannot be written.

    A receipt that is known already is not written again: what lies under version control changes with the host alone.

    >>> Path(".llamakeep/hosts/gpu01.json").read_text()
    '{"host": "gpu01", "kit": "0.1.0+3f9c2a7b61de", "receipt": "9f86d0…", "seen": "2026-11-30T06:24:47Z"}'
    """
    folder = home(inventory) / "hosts"
    for host in hosts:
        if not host.receipt or remembered(inventory, host.host).get("receipt") == host.receipt:
            continue
        seen = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = {"host": host.host, "kit": kit, "receipt": host.receipt, "seen": seen}
        path = _file(folder, host.host)
        writing = path.with_suffix(".writing")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            writing.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            writing.replace(path)
        except OSError as error:
            return f"the receipts of this run are not remembered: {folder}: {error.strerror}"
    return ""


def remembered(inventory: str, host: str) -> dict[str, str]:
    """Return what is known of a host; nothing where it was never converged from here, or nobody can read it."""
    try:
        found = json.loads(_file(home(inventory) / "hosts", host).read_text(encoding="utf-8"))
    except (OSError, ValueError, Refusal):
        return {}
    return found if isinstance(found, dict) else {}


def _file(folder: Path, host: str) -> Path:
    return folder / f"{urllib.parse.quote(host, safe='')}.json"
