"""One host with a certificate of the fleet, as the claims about it see it."""

from dataclasses import dataclass

from llamakeep.services.mutual_tls.verified.evidence import TlsEvidence
from llamakeep.services.mutual_tls.wanted import WantedTls
from llamakeep.verify.verified import ManagedHost

NAME = "mutual_tls"


@dataclass(frozen=True, repr=False)
class TlsHost(ManagedHost):
    """One host that shows a certificate to others."""

    wanted: WantedTls

    @property
    def look(self) -> TlsEvidence:
        """Return what was found."""
        found: TlsEvidence = self._found(NAME)
        return found
