"""What was found of Open WebUI on a host."""

from llamakeep.record import Record
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.verify.evidence import FileLook, Inside, Process, ServiceEvidence


class OfAUser(Record):
    """One account."""

    email: str
    role: str  # "admin", "user", "pending"


class OpenWebuiEvidence(ServiceEvidence):
    """Open WebUI, as its own host sees it."""

    seen: SeenOpenWebui
    users: tuple[OfAUser, ...] | None  # None: they could not be read
    inside: Inside | None  # None: it does not run
    processes: tuple[Process, ...]
    exposure: float | None
    environment: dict[str, str]  # the settings that may be shown
    files: tuple[FileLook, ...]  # the database, and what is secret
    weak: tuple[str, ...]  # which secret is none: "the key that signs sessions has 3 characters"
    sign_up: int  # status with which it answers who wants an account; 0: none
