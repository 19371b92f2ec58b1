"""TLS between hosts: a door in the network shows who it is, and lets nobody in who does not."""

from datetime import UTC, datetime

from llamakeep.services.mutual_tls.verified.host import TlsHost
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked


@claim(
    "host-certificate-not-valid", "its certificate for the other hosts is in force, and its key is for its doors alone"
)
def test_certificate(certified_host: TlsHost) -> None:
    look = certified_host.look
    if look.ends is None:
        raise NotChecked("its certificate could not be read")
    assert look.ends > datetime.now(UTC), f"it ended on {look.ends:%Y-%m-%d}; expected: one that is valid"
    expected = "root:llamakeep-tls 0640"
    assert look.readers == expected, f"its key is for {look.readers}; expected: {expected}"


@claim("door-shows-no-certificate", "its doors show each client of the fleet the certificate of this host")
def test_doors_show_themselves(asking_host: TlsHost) -> None:
    for door in asking_host.look.doors:
        assert not door.shown, f"{door.place}: {door.shown}; expected: the certificate of {asking_host.wanted.name}"


@claim(
    "door-open-without-certificate",
    "without a certificate, or without TLS, nothing answers at its doors in the network",
)
def test_nothing_without_a_certificate(asking_host: TlsHost) -> None:
    for door in asking_host.look.doors:
        assert not door.without, f"{door.place} answers without a certificate: {door.without!r}"
        assert not door.plain.startswith("HTTP"), f"{door.place} answers without TLS: {door.plain!r}"
