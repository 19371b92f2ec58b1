"""The root of the internal CA, as a value that may be shown to everybody."""

from typing import Literal

from llamakeep.record import Record


class Root(Record):
    """What clients must trust."""

    path: str  # of the certificate
    name: str  # "llamakeep internal CA 3f9c2a7b"
    fingerprint: str  # sha256 of the certificate, "3F:9C:…"
    begins: str  # "2026-11-21"
    ends: str
    days_left: int
    domains: tuple[str, ...]  # for whose names it may vouch; none: for all
    certificate: str  # PEM
    key: Literal["here", "sealed", "elsewhere"]
    made: bool = False  # just now
    between: str = ""  # which certificate between the fleet's own hosts is the first to end: "2027-11-30, chat1"
    findings: tuple[str, ...] = ()
