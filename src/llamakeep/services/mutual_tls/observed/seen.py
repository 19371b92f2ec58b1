"""The certificate that a host shows to the others."""

from datetime import datetime

from llamakeep.observe.seen import Seen


class SeenTls(Seen):
    """The public part of it."""

    name: str = ""
    ends: datetime | None = None  # UTC
    issuer: str = ""  # "llamakeep CA between hosts 3f9c2a7b"
    serial: str = ""  # hexadecimal
    fault: str = ""  # why there is nothing to say of it
