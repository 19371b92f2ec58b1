"""The gateway of a host as it was seen."""

from llamakeep.observe.seen import Seen
from llamakeep.record import Record


class SeenCertificate(Record):
    """The certificate that a gateway shows."""

    names: tuple[str, ...]
    issuer: str
    until: str  # UTC, ISO
    fingerprint: str = ""
    fault: str = ""


class SeenBackend(Record):
    """One llm host as the gateway sees it for one model."""

    model: str
    host: str
    up: bool
    queued: int = 0
    serving: int = 0


class SeenGateway(Seen):
    """The gateway as it answers, and what it says of what is behind it."""

    answers: bool
    version: str | None = None  # of HAProxy
    certificate: SeenCertificate | None = None
    keys: tuple[str, ...] = ()  # names in force
    backends: tuple[SeenBackend, ...] = ()
