"""What was found at the doors of a host that ask for certificates."""

from datetime import datetime

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint

from llamakeep.record import Record
from llamakeep.verify.evidence import ServiceEvidence


class AtADoor(Record):
    """One address of a door, tried in three ways."""

    address: str
    port: int
    shown: str = ""  # why its certificate is not the host's own, from a root that the fleet trusts; empty: it is
    without: str = ""  # what came back to who shows no certificate; empty: nothing
    plain: str = ""  # what came back to who speaks no TLS; empty: nothing

    @property
    def place(self) -> str:
        """Return address and port as one writes them."""
        return endpoint(self.address, self.port)


class TlsEvidence(ServiceEvidence):
    """A host's certificate, and its doors, as root of the host sees them."""

    ends: datetime | None  # of its certificate, UTC
    readers: str  # who may read its key: "root:llamakeep-tls 0640"
    doors: tuple[AtADoor, ...]
