"""A host's certificate as the plan sees it: what is renewed, and what would end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import RENEWED

from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.wanted import WantedTls

SOON = timedelta(days=30)
_UNIT = "llamakeep-tls.service"


def renewal(case: Case, wanted: WantedTls) -> Iterator[Change]:
    """Return the certificate that a run makes anew."""
    seen = case.seen.service(SeenTls)
    if not wanted.name or seen is None:
        return
    if why := _why(seen, wanted, case.now):
        yield Change(what=f"a new certificate for {wanted.name}", why=why, reloads=(_UNIT,))
    elif wanted.replacing:
        why = "the one before goes when every host has a certificate from the present one"
        yield Change(what="both roots between hosts are trusted", why=why, reloads=(_UNIT,))


def _why(seen: SeenTls, wanted: WantedTls, now: datetime) -> str:
    """Return why the one in use will not do; empty where it will."""
    if seen.ends is None:
        return seen.fault
    if seen.name != wanted.name:
        return f"the one in use is for {seen.name}"
    if seen.ends - now < RENEWED:
        return f"the one in use {'ended' if seen.ends <= now else 'ends'} on {seen.ends:%Y-%m-%d}"
    if seen.serial not in wanted.serials:
        return "the present root has not issued the one in use, or has revoked it"
    return ""


def findings(case: Case) -> Iterator[Finding]:
    """Return that a certificate has ended, or is about to."""
    seen = case.seen.service(SeenTls)
    if seen is None or seen.ends is None or seen.ends - case.now > SOON:
        return
    over = seen.ends <= case.now
    yield Finding(
        id="host-certificate-expired" if over else "host-certificate-expires-soon",
        severity="warning",
        found=f"its certificate for the other hosts {'ended' if over else 'ends'} on {seen.ends:%Y-%m-%d}"
        + (": none of them speaks to it, or hears it" if over else ""),
        expected="a run at least every eight months",
        remedy="llamakeep up makes another",
    )
