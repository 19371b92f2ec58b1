"""A certificate that the operator gives with its key, as one text in PEM: whether a gateway could use it."""

from __future__ import annotations

import datetime
import re

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import borne
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.certificate_choice import PLACE
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

SOON = datetime.timedelta(days=21)  # before its end the operator is warned with every run

_REMEDY = "give another one, or set gateway_certificate: internal"
_KEY = re.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.*?-----END ([A-Z]+ )?PRIVATE KEY-----", re.DOTALL)


def fault(text: str, wanted: list[str], moment: datetime.datetime) -> Refusal | None:
    """Return why a given certificate will not do for these names; None where it will.

    >>> fault(text, ["chat.example.org", "api.example.org"], now())
    Refusal("gateway_certificate_and_key", "its certificate ended on 2026-10-01", …)
    """
    try:
        chain = x509.load_pem_x509_certificates(_KEY.sub("", text).encode())
    except ValueError:
        return _refusal("holds no certificate that can be read", "certificate, chain and key as one text in PEM")
    key = _key(text)
    if isinstance(key, Refusal):
        return key
    own = chain[0]
    if key.public_key() != own.public_key():
        later = any(key.public_key() == one.public_key() for one in chain[1:])
        found = "its first certificate is not the gateway's own" if later else "its key belongs to another certificate"
        return _refusal(found, "the gateway's own certificate first, then its chain, and the key of the first")
    if borne.lacking(_names(own), wanted):
        names = ", ".join(sorted(_names(own))) or "nobody"
        return _refusal(f"its certificate is for {names}", f"one that is for {' and '.join(wanted)}")
    return _late(own, moment)


def _key(text: str) -> PrivateKeyTypes | Refusal:
    """Return the private key, or why there is none."""
    found = _KEY.search(text)
    if not found:
        return _refusal("holds no private key", "certificate, chain and key as one text in PEM")
    try:
        return serialization.load_pem_private_key(found[0].encode(), None)
    except TypeError:
        remedy = "openssl pkey -in FILE takes the passphrase off; keep the result in the vault"
        return _refusal("its key has a passphrase, which nobody could type at a start", remedy=remedy)
    except ValueError:
        return _refusal("its key cannot be read", "a private key in PEM, whole, each line as it was")


def _late(own: x509.Certificate, moment: datetime.datetime) -> Refusal | None:
    ends, begins = own.not_valid_after_utc, own.not_valid_before_utc
    if ends <= moment:
        return _refusal(f"its certificate ended on {ends:%Y-%m-%d}", "one that is valid today")
    if begins > moment:
        return _refusal(f"its certificate begins on {begins:%Y-%m-%d} only", "one that is valid today")
    return None


def _refusal(found: str, expected: str = "", remedy: str = _REMEDY) -> Refusal:
    return Refusal(PLACE, found, id="operator-certificate-unusable", expected=expected, remedy=remedy)


def days_left(text: str, moment: datetime.datetime) -> int:
    """Return for how many whole days a sound certificate is still valid."""
    return (x509.load_pem_x509_certificate(_KEY.sub("", text).encode()).not_valid_after_utc - moment).days


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(one.value).lower() for one in found}
