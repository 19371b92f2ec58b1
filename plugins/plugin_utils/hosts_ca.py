"""The CA that vouches for the hosts of a fleet among themselves, and for nobody before a browser: as values.

It has no constraints of names, as nobody else trusts it, and each of its certificates is for a client and for a server.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
from collections.abc import Iterable

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca, leaf
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import Authority
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import LIFE, RENEWED
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

TITLE = "llamakeep CA between hosts"
SKEW = datetime.timedelta(hours=24)  # by which a host's clock may be behind


def make(moment: datetime.datetime) -> Authority:
    """Return a new root with a key of its own."""
    return internal_ca.make(None, moment, title=TITLE)


def issue(authority: Authority, host: str, moment: datetime.datetime) -> tuple[str, x509.Certificate]:
    """Return a new key with its certificate for a host, as one text in PEM, and the certificate alone."""
    name = identity(host)
    purposes = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    return leaf.sign(authority, name, _names(name), purposes, (moment - SKEW, moment + LIFE))


def _names(name: str) -> list[x509.GeneralName]:
    """Return a name as clients compare it: HAProxy takes an address for a name, others for an address."""
    found: list[x509.GeneralName] = [x509.DNSName(name)]
    with contextlib.suppress(ValueError):
        found.append(x509.IPAddress(ipaddress.ip_address(name)))
    return found


def revocations(
    authority: Authority, serials: Iterable[tuple[int, datetime.datetime]], moment: datetime.datetime
) -> str:
    """Return the list of revoked certificates in PEM; it is in force as long as the root.

    Whoever checks against a list that has ended takes nobody in: a fleet that nobody touches for long goes on.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(max(moment - SKEW, authority.certificate.not_valid_before_utc))
        .next_update(authority.ends)
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
    )
    for serial, since in serials:
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(one)
    signed = builder.sign(authority.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode("ascii")


def fault(present: str, root: x509.Certificate, host: str, revoked: Iterable[int], moment: datetime.datetime) -> str:
    """Return why the certificate that a host has will not do; empty where it will.

    >>> fault(issue(authority, "llm1", before)[0], authority.certificate, "llm1", [], moment)
    'it ends on 2027-06-01, and a third of its time is over'
    """
    certificate, why = leaf.read(present, root)
    if certificate is None:
        return why
    if certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value != identity(host):
        return "it is for another host"
    if certificate.serial_number in set(revoked):
        return "it is revoked"
    ends = certificate.not_valid_after_utc
    if ends <= moment:
        return f"it ended on {ends:%Y-%m-%d}"
    # One that ends with its root cannot be bettered.
    if ends < min(moment + RENEWED, root.not_valid_after_utc):
        return f"it ends on {ends:%Y-%m-%d}, and a third of its time is over"
    return ""


def has_ended(present: str, moment: datetime.datetime) -> bool:
    """Tell whether a certificate is over; what is none is."""
    try:
        return x509.load_pem_x509_certificate(present.encode()).not_valid_after_utc <= moment
    except ValueError:
        return True
