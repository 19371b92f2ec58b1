"""What was found of Chatbox on a desktop."""

from llamakeep.record import Record
from llamakeep.verify.evidence import FileLook, ServiceEvidence


class OfAUser(Record):
    """The settings of one user's Chatbox, held against what they should be; nothing of them is told but the names."""

    user: str
    fault: str = ""  # why they cannot be read; then nothing else is known
    asks: bool = False  # whether it asks where the inventory says
    key: bool | None = None  # whether it is his key; None: there is nothing to compare it with
    models: tuple[str, ...] = ()
    reports: bool = True
    updates: bool = True
    folder: FileLook | None = None  # which keeps others from the key


class ChatboxEvidence(ServiceEvidence):
    """A desktop, as root sees it."""

    users: tuple[OfAUser, ...]
