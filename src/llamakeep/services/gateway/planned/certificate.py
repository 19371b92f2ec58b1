"""Whether the certificate that a gateway shows will do, and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.borne import lacking

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import differing, place_of
from llamakeep.plan.plan import Finding
from llamakeep.plan.stage import Case
from llamakeep.services.gateway.observed.seen import SeenCertificate, SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway

SHORT = timedelta(days=30)  # the internal CA makes a new one then
GIVEN = "gateway_certificate_and_key"


def ends(certificate: SeenCertificate) -> datetime | None:
    """Return when a certificate ends; None where it does not say so in a form that we know.

    >>> ends(SeenCertificate(names=(), issuer="", until="2026-12-01T00:00:00Z"))
    datetime.datetime(2026, 12, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        found = datetime.fromisoformat(certificate.until)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def is_short(certificate: SeenCertificate, now: datetime) -> bool:
    """Tell whether less than 30 days are left of a certificate."""
    end = ends(certificate)
    return end is not None and end - now < SHORT


def wrong_names(wanted: WantedGateway, certificate: SeenCertificate) -> tuple[str, ...]:
    """Return the names of the gateway that a certificate does not bear; `*.example.org` bears one label more.

    >>> wrong_names(wanted, SeenCertificate(names=("chat.example.org",), issuer="", until=""))
    ('api.example.org',)
    """
    domain = wanted.domain.lower()
    every = (f"chat.{domain}", f"api.{domain}")
    return tuple(lacking(certificate.names, every))


def certificate_findings(case: Case, wanted: WantedGateway) -> Iterator[Finding]:
    """Report a certificate that clients refuse, or soon will; where a converge brings another, that is said as well."""
    host, seen, now = case.host, case.seen, case.now
    gateway = seen.service(SeenGateway)
    certificate = gateway.certificate if gateway is not None else None
    if certificate is None:
        return
    comes = wanted.certificate == "internal" or _is_another(host, seen)
    severity: Literal["blocking", "warning"] = "warning" if comes else "blocking"
    end = ends(certificate)
    if end is not None and end <= now:
        yield Finding(
            id="certificate-expired",
            severity="warning" if wanted.certificate == "acme" else severity,
            found=f"the certificate of the gateway ended on {end:%Y-%m-%d}: no client takes it",
            expected="one that is valid",
            remedy=_remedy(host, wanted),
        )
    elif is_short(certificate, now) and end is not None:
        days = (end - now).days
        yield Finding(
            id="certificate-expires-soon",
            severity="warning",
            found=f"the certificate of the gateway ends in {days} day{'' if days == 1 else 's'}, on {end:%Y-%m-%d}",
            expected=f"{SHORT.days} days at least",
            remedy=_remedy(host, wanted),
        )
    if missing := wrong_names(wanted, certificate):
        yield Finding(
            id="certificate-name-mismatch",
            severity=severity,
            found=f"the certificate of the gateway is for {', '.join(certificate.names) or 'no name'}",
            expected=f"also {' and '.join(missing)}: clients refuse it there",
            remedy=_remedy(host, wanted),
        )
    if certificate.fault:
        yield Finding(
            id="certificate-not-renewed",
            severity="warning",
            found=f"the certificate of the gateway: {certificate.fault}",
            remedy=_remedy(host, wanted),
        )


def _is_another(host: Host, seen: HostFacts) -> bool:
    """Whether the inventory gives another certificate now than the one that the host was made with."""
    return seen.receipt is not None and GIVEN in differing(host, seen.receipt)


def _remedy(host: Host, wanted: WantedGateway) -> str:
    if wanted.certificate == "given":
        return f"put a new one into {place_of(host, GIVEN)}"
    if wanted.certificate == "acme":
        return f"see on {host.name} why it was not renewed: journalctl -u llamakeep-gateway-acme.service"
    return "llamakeep up makes another"
