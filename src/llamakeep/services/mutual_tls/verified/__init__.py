"""The part of TLS between hosts in verify."""

from collections.abc import Iterator, Mapping
from typing import Any

from llamakeep.inventory.fleet import Host
from llamakeep.services.mutual_tls.planned.first_end import first_end
from llamakeep.services.mutual_tls.planned.plain import plain_doors
from llamakeep.services.mutual_tls.verified.evidence import TlsEvidence
from llamakeep.services.mutual_tls.verified.host import NAME, TlsHost
from llamakeep.services.mutual_tls.wanted import WantedTls
from llamakeep.verify.evidence import Evidence
from llamakeep.verify.reach import open_at
from llamakeep.verify.stage import Asking, Found, VerifiedStage


class Stage(VerifiedStage[WantedTls]):
    """What is tried at the doors of a host that ask for certificates, from the side of who has none."""

    kind = WantedTls
    evidence = TlsEvidence
    columns = ("mutual_tls",)
    hosts = {
        "certified_host": lambda _, wanted: bool(wanted.name),
        "asking_host": lambda host, wanted: bool(wanted.name and doors_of(host)),
    }

    def request(self, asking: Asking, wanted: WantedTls) -> dict[str, Any] | None:
        """Return the doors of the host that ask for certificates, and the name that they have to show."""
        return {"name": wanted.name, "doors": doors_of(asking.host)} if wanted.name else None

    def of_the_fleet(self, evidence: Mapping[str, Evidence]) -> Iterator[str]:
        """Return on which day the first of the hosts' certificates would end."""
        looks = {host: one.services.get(NAME) for host, one in evidence.items()}
        return first_end(
            (host, look.ends) for host, look in looks.items() if look is not None and look.ends is not None
        )

    def notes(self, host: Host, _wanted: WantedTls) -> Iterator[str]:
        """Say which doors are plain by choice."""
        return plain_doors(host)

    def host(self, found: Found, wanted: WantedTls) -> TlsHost:
        """Return the host as the claims about its certificate see it."""
        return TlsHost(found.host, wanted, found.seen, found.nonce, found.kit)


def doors_of(host: Host) -> list[tuple[str, int]]:
    """Return where a host asks who comes for a certificate.

    >>> [("192.0.2.11", 11434)]
    """
    doors = [door for one in host.services.values() for door in one.managed.doors if door.tls]
    return [(address, door.port) for door in doors for address in open_at(host, door.at)]
