"""The part of TLS between hosts in observe: which certificate a host has."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from llamakeep.observe.stage import ObservedStage
from llamakeep.services.mutual_tls.observed.fact import TlsFact
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.wanted import WantedTls


class Stage(ObservedStage[WantedTls, SeenTls]):
    """What is asked of a host about its certificate."""

    record = SeenTls
    facts = (TlsFact(),)

    def seen(self, said: Mapping[str, Any]) -> SeenTls | None:
        """Return the certificate that it has."""
        found: SeenTls | None = said.get(TlsFact.name)
        return found

    def remarks(self, seen: SeenTls) -> Iterator[str]:
        """Return that a certificate is over, or none."""
        if seen.fault:
            yield f"its certificate for the other hosts: {seen.fault}"
        elif seen.ends is not None and seen.ends <= datetime.now(UTC):
            yield f"its certificate for the other hosts ended on {seen.ends:%Y-%m-%d}"
