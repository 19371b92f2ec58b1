"""The certificate by which the others of the fleet know a host; its key is not read."""

import shlex
from typing import TYPE_CHECKING

from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import CERTIFICATE

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.services.mutual_tls.observed.seen import SeenTls

if TYPE_CHECKING:
    from cryptography.x509 import Name

_NONE = "none"


class TlsFact(Fact[SeenTls | None]):
    """Whose it is, until when and from whom; None: it has none, or only root may look.

    >>> SeenTls(name="llm1", ends=datetime(2027, 11, 30, …), issuer="llamakeep CA between hosts 3f9c2a7b",
    ...         serial="3F9C…")
    """

    name = "mutual_tls"

    def question(self, _ask: Ask) -> str:
        """Ask for the public part alone."""
        path = shlex.quote(CERTIFICATE)
        return f"if [ -r {path} ]; then sed -n '/-BEGIN CERT/,/-END CERT/p' {path}; else echo {_NONE}; fi"

    def parse(self, answer: str) -> SeenTls | None:
        """Read the certificate in PEM."""
        if answer.strip() == _NONE:
            return None
        from cryptography import x509

        try:
            found = x509.load_pem_x509_certificate(answer.encode())
        except ValueError:
            return SeenTls(fault="what is there is no certificate")
        return SeenTls(
            name=_common_name(found.subject),
            ends=found.not_valid_after_utc,
            issuer=_common_name(found.issuer),
            serial=f"{found.serial_number:X}",
        )


def _common_name(name: "Name") -> str:
    from cryptography.x509 import NameOID

    return next((str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")
