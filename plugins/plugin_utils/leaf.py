"""A certificate with its key, of either CA: read as one text in PEM, and signed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import Authority, pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def read(text: str, root: x509.Certificate) -> tuple[x509.Certificate | None, str]:
    """Return the certificate in a text that holds its key as well, else why it is none that a root signed.

    >>> read("", root)
    (None, 'there is none')
    """
    if not text.strip():
        return None, "there is none"
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        return None, "what is there is no certificate with its key"
    if key.public_key() != certificate.public_key():
        return None, "its key belongs to another one"
    return (certificate, "") if is_signed(certificate, root) else (None, "it is signed by another root")


def is_signed(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    """Tell whether a root signed a certificate."""
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def sign(
    authority: Authority,
    common: str,
    names: Iterable[x509.GeneralName],
    purposes: Iterable[x509.ObjectIdentifier],
    time: tuple[datetime.datetime, datetime.datetime],
) -> tuple[str, x509.Certificate]:
    """Return a new key with its certificate, as one text in PEM, and the certificate alone.

    `time` is from when to when, as far as the root itself lasts.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    root = authority.certificate
    signing: Any = root.public_key()
    refused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign")
    usage = dict.fromkeys((*refused, "crl_sign", "encipher_only", "decipher_only"), False)
    begins, ends = time
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(begins, root.not_valid_before_utc))
        .not_valid_after(min(ends, authority.ends))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    form, sealing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, form, sealing).decode("ascii")
    return private + pem(certificate), certificate
