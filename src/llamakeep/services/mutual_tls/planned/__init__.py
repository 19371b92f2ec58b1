"""The part of TLS between hosts in the plan."""

from collections.abc import Iterator, Sequence

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case, Effect, Elsewhere, PlannedStage
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.planned import certificate
from llamakeep.services.mutual_tls.planned.first_end import first_end
from llamakeep.services.mutual_tls.planned.plain import plain_doors
from llamakeep.services.mutual_tls.wanted import TRUST, WantedTls


class Stage(PlannedStage[WantedTls]):
    """What would change in the certificate of a host, and who is shut out without one."""

    kind = WantedTls
    called = "TLS between hosts"
    elsewhere = {
        TRUST: Elsewhere(
            "which roots it trusts of other hosts, and whose certificates are revoked",
            ".ca/hosts/ beside the inventory",
            Effect(reloads=("llamakeep-tls.service",)),
        )
    }

    def findings(self, case: Case, wanted: WantedTls) -> Iterator[Finding]:
        """Return what stands against its certificate, and whom its doors shut out."""
        yield from certificate.findings(case)
        if wanted.shut_out:
            yield Finding(
                id="client-without-certificate",
                severity="warning",
                found=f"its doors let in {', '.join(wanted.shut_out)} by certificate, and none was issued there",
                expected="a certificate of the fleet for each",
                remedy="llamakeep client-cert NAME makes one; or keep that door without TLS, by its option …_tls: none",
            )

    def first(self, _case: Case, wanted: WantedTls, why: str) -> Iterator[Change]:
        """Return the certificate that a host gets."""
        if wanted.name:
            yield Change(sign="+", what=f"a certificate for {wanted.name}, from the CA between hosts", why=why)

    def of_the_fleet(self, every: Sequence[tuple[Host, HostFacts]]) -> Iterator[str]:
        """Return on which day the first of the hosts' certificates would end, and which doors are plain by choice."""
        found = [(host.name, seen.service(SeenTls)) for host, seen in every]
        yield from first_end((host, one.ends) for host, one in found if one is not None and one.ends is not None)
        yield from dict.fromkeys(note for host, _ in every for note in plain_doors(host))

    def content(self, case: Case, wanted: WantedTls) -> Iterator[Change]:
        """Return the certificate that is made anew."""
        yield from certificate.renewal(case, wanted)
