"""The Open WebUI of a host as it was seen."""

from llamakeep.observe.seen import Seen


class SeenOpenWebui(Seen):
    """Open WebUI as it answers through its door."""

    answers: bool
    version: str | None = None
    sign_up: bool | None = None
    admins: int | None = None
    users: tuple[str, ...] | None = None  # emails; None: not read
