"""The part of TLS between hosts in the report."""

from llamakeep.report.line import Line
from llamakeep.report.stage import Case, ReportedStage
from llamakeep.services.mutual_tls.observed.seen import SeenTls
from llamakeep.services.mutual_tls.wanted import WantedTls


class TlsLine(Line):
    """The certificate of one host."""

    name: str
    until: str  # ISO date; empty: not seen


class Stage(ReportedStage[WantedTls]):
    """What is said of the certificate of a host."""

    record = TlsLine

    def line(self, case: Case, wanted: WantedTls) -> TlsLine | None:
        """Return whose it is, and until when."""
        if not wanted.name:
            return None
        seen = case.seen.service(SeenTls) if case.seen is not None else None
        return TlsLine(name=wanted.name, until=f"{seen.ends:%Y-%m-%d}" if seen is not None and seen.ends else "")
