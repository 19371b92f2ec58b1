"""The fleet's own certificate authority, as a value: its root, and for what it may vouch."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

YEARS = datetime.timedelta(days=3653)
SKEW = datetime.timedelta(hours=24)  # by which a client's clock may be behind
SOON = datetime.timedelta(days=180)  # to bring another root to every client

# Addresses for which the root may vouch: nobody owns them beyond the network in which they are used.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128")


@dataclass(frozen=True)
class Authority:
    """The root; its key prints as nothing but its kind."""

    certificate: x509.Certificate
    key: Any  # ec.EllipticCurvePrivateKey or rsa.RSAPrivateKey; None: it is not here, or sealed

    @property
    def ends(self) -> datetime.datetime:
        return self.certificate.not_valid_after_utc

    def vouches_for(self, name: str) -> bool:
        """Tell whether the root's own constraints let it sign a certificate for a name or an address."""
        permitted = self._permitted()
        if permitted is None:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return any(name == domain or name.endswith(f".{domain}") for domain in self.domains())
        networks = (one.value for one in permitted if isinstance(one, x509.IPAddress))
        return any(
            address in network
            for network in networks
            if isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network))
        )

    def domains(self) -> list[str]:
        """Return the domains for which it may vouch; none where it may for all."""
        return [one.value for one in self._permitted() or () if isinstance(one, x509.DNSName)]

    def _permitted(self) -> list[x509.GeneralName] | None:
        try:
            constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return None
        return list(constraints.permitted_subtrees or ())


def now() -> datetime.datetime:
    """Return the present moment, to the second, as certificates have it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def make(
    domains: Iterable[str] | None, moment: datetime.datetime, key: Any = None, title: str = "llamakeep internal CA"
) -> Authority:
    """Return a new root for these domains, with a key of its own or with the one given; None: for every name.

    It may vouch for names in these domains and for private addresses, and for nothing else: who trusts it does not
    have to trust its operator with the rest of the internet. Two roots with one key stand in for each other.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    identity = x509.SubjectKeyIdentifier.from_public_key(public)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{title} {identity.digest.hex()[:8]}")])
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    usage |= {"key_cert_sign": True, "crl_sign": True, "encipher_only": False, "decipher_only": False}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - SKEW)
        .not_valid_after(moment + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(identity, critical=False)
    )
    if domains is not None:
        constraints = x509.NameConstraints(permitted_subtrees=_permitted(domains), excluded_subtrees=None)
        builder = builder.add_extension(constraints, critical=True)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _permitted(domains: Iterable[str]) -> list[x509.GeneralName]:
    permitted: list[x509.GeneralName] = [x509.DNSName(domain.lower()) for domain in dict.fromkeys(domains)]
    return permitted + [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE]


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the fingerprint by which people compare certificates.

    >>> fingerprint(root)
    '3F:9C:2A:…'
    """
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest().hex(":").upper()
