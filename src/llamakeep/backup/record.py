"""A backup, and what became of it, as values."""

from llamakeep.record import Record


class Backup(Record):
    """One archive of one chat."""

    name: str  # "open-webui-chat1-20261123T010000Z-0.12.4-hand.tar.gz"
    size: int  # bytes
    host: str = ""  # the inventory's name of the host that it is of
    version: str = ""  # of Open WebUI
    made: str = ""  # "2026-11-23T01:00:00Z"
    reason: str = ""  # hand, schedule, version, restore
    users: int | None = None
    chats: int | None = None
    fault: str = ""  # why it cannot be read; then nothing else is known of it


class Taken(Record):
    """A backup that was made now."""

    on: str  # the host on which it lies
    path: str  # there
    sha256: str
    backup: Backup
    brought: str = ""  # path of the copy on the control node
    removed: tuple[str, ...] = ()  # older ones that made room


class Fault(Record):
    """A host on which it did not work."""

    on: str
    message: str


class Round(Record):
    """One backup of a fleet's chats."""

    taken: tuple[Taken, ...]
    faults: tuple[Fault, ...]


class Expected(Record):
    """What a restore would bring, and what it would replace."""

    backup: Backup
    version: str  # that runs there now
    users: int | None
    chats: int | None


class Restored(Record):
    """A chat that is what a backup says."""

    on: str
    backup: Backup
    safety: str | None  # name of the backup of what was there before; None: nothing was there
    left: str = ""  # what of that could not be removed, and why


class Shelf(Record):
    """The backups that lie on one host."""

    on: str
    backups: tuple[Backup, ...]


def backup(answer: dict[str, object]) -> Backup:
    """Return what a host's program says of an archive, without what is of no use here."""
    return Backup.model_validate({name: answer[name] for name in Backup.model_fields if name in answer})
