"""The certificate of a host, signed by the internal CA: whether the present one will do, and a new one."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Iterable

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import leaf
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import Authority
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

LIFE = datetime.timedelta(days=90)
RENEWED = datetime.timedelta(days=30)  # before its end
SKEW = datetime.timedelta(hours=1)  # by which a client's clock may be behind

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_LONGEST = 64  # characters of a common name


def names(wanted: Iterable[str]) -> list[str]:
    """Return names and addresses in one spelling, each once, or refuse what is neither.

    >>> names(["API.example.org", "2001:DB8::0:1"])
    ['api.example.org', '2001:db8::1']
    """
    found = []
    for name in wanted:
        try:
            found.append(str(ipaddress.ip_address(name)))
        except ValueError:
            if not _NAME.fullmatch(str(name).lower()):
                expected = "a host name or an address, such as chat.example.org or 192.0.2.10"
                raise Refusal(
                    f"certificate for {name!r}", "is neither", id="certificate-name-invalid", expected=expected
                ) from None
            found.append(str(name).lower())
    if not found:
        raise Refusal("certificate", "is asked for nobody", id="certificate-without-name", expected="a name at least")
    return list(dict.fromkeys(found))


def fault(present: str, authority: Authority, wanted: list[str], moment: datetime.datetime) -> str:
    """Return why a host's present certificate will not do; empty where it will.

    >>> fault(issue(authority, ["a.example"], before), authority, ["a.example"], now())
    'it ends on 2026-12-01, in 9 days'
    """
    certificate, why = leaf.read(present, authority.certificate)
    if certificate is None:
        return why
    stands_for = _stands_for(certificate)
    if stands_for != set(wanted):
        return f"it is for {', '.join(sorted(stands_for)) or 'nobody'}"
    if not all(authority.vouches_for(name) for name in wanted):
        return "the root may no longer vouch for it"
    return _late(certificate, authority, moment)


def _stands_for(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(one.value) for one in found}


def _late(certificate: x509.Certificate, authority: Authority, moment: datetime.datetime) -> str:
    ends = certificate.not_valid_after_utc
    if ends <= moment:
        return f"it ended on {ends:%Y-%m-%d}"
    if certificate.not_valid_before_utc > moment:
        return f"it begins on {certificate.not_valid_before_utc:%Y-%m-%d} only"
    # The last one under a root that ends soon cannot be bettered.
    if ends < min(moment + RENEWED, authority.ends):
        return f"it ends on {ends:%Y-%m-%d}, in {(ends - moment).days} days"
    return ""


def issue(authority: Authority, wanted: list[str], moment: datetime.datetime) -> str:
    """Return a new key and its certificate for these names, as one text in PEM."""
    common = next((name for name in wanted if len(name) <= _LONGEST), "llamakeep gateway")
    names = [_general(name) for name in wanted]
    time = (moment - SKEW, moment + LIFE)
    return leaf.sign(authority, common, names, [ExtendedKeyUsageOID.SERVER_AUTH], time)[0]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def refuse_unable(authority: Authority, wanted: list[str], moment: datetime.datetime, place: str) -> None:
    """Refuse to sign where the root has ended, is for other names, or its key is not here."""
    if authority.ends <= moment:
        remedy = "llamakeep ca renew -i INVENTORY, and let every client trust the new root"
        raise Refusal(
            f"{place}/root.crt", f"the internal CA ended on {authority.ends:%Y-%m-%d}", id="ca-expired", remedy=remedy
        )
    beyond = [name for name in wanted if not authority.vouches_for(name)]
    if beyond:
        raise Refusal(
            f"{place}/root.crt",
            f"the internal CA may not vouch for {', '.join(beyond)}",
            id="ca-name-not-permitted",
            expected=f"names in {', '.join(authority.domains())}, or private addresses",
            remedy="llamakeep ca renew -i INVENTORY makes it one for gateway_domain; every client must trust it anew",
        )
    if authority.key is None:
        raise Refusal(
            f"{place}/root.key",
            "is not here, is in a vault that stays closed, or has a passphrase that nobody gave",
            id="ca-key-unavailable",
            expected="the key of the internal CA, which only its operator has",
            remedy="have its operator run this, or bring the key; LLAMAKEEP_CA_PASSPHRASE opens one with a passphrase",
        )
