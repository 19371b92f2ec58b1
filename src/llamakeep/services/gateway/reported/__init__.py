"""The gateway's part in the report."""

from llamakeep.report.stage import Case, ReportedStage
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.gateway.reported.line import GatewayLine, gateway_line
from llamakeep.services.gateway.wanted.record import WantedGateway


class Stage(ReportedStage[WantedGateway]):
    """What is said of the gateway of a host."""

    record = GatewayLine

    def line(self, case: Case, wanted: WantedGateway) -> GatewayLine:
        """Return where it is, its certificate, its keys and what stands behind it."""
        return gateway_line(wanted, case.seen.service(SeenGateway) if case.seen else None, case.now)
