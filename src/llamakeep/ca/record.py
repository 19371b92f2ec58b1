"""The CA between hosts, as a value that may be shown to everybody."""

from typing import Literal

from llamakeep.record import Record


class Certificate(Record):
    """One certificate that it issued."""

    name: str
    serial: str  # hexadecimal
    ends: str  # "2027-11-30"


class HostsRoot(Record):
    """What the hosts of a fleet trust of each other."""

    path: str  # of the certificate
    name: str  # "llamakeep CA between hosts 3f9c2a7b"
    fingerprint: str  # sha256 of the certificate, "3F:9C:…"
    begins: str  # "2026-11-30"
    ends: str
    certificate: str  # PEM
    key: Literal["here", "sealed", "elsewhere"]
    replaces: bool  # whether the root before is still trusted
    issued: tuple[Certificate, ...]  # in force, of each name the newest; the first to end comes first
    revoked: tuple[str, ...]  # names of which the newest certificate is revoked
