"""The gateway's part in the report."""

from datetime import date
from typing import Any

from llamakeep.report.stage import Case, ReportedStage
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.gateway.reported.line import GatewayLine, gateway_line
from llamakeep.services.gateway.reported.row import row
from llamakeep.services.gateway.wanted import UPSTREAMS, WantedGateway


class Stage(ReportedStage[WantedGateway]):
    """What is said of the gateway of a host."""

    record = GatewayLine
    table = ("gateway", "programs go to", "at", "certificate", "leads to", "keys")

    def line(self, case: Case, wanted: WantedGateway) -> GatewayLine:
        """Return where it is, its certificate, its keys and what stands behind it."""
        return gateway_line(wanted, case.seen.service(SeenGateway) if case.seen else None, case.now)

    def row(self, wanted: WantedGateway, today: date) -> tuple[str, ...]:
        """Return where it is, what it leads to, and the age of each key."""
        return row(wanted, today)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return how much it leads to."""
        if name != UPSTREAMS or not isinstance(value, dict):
            return ""
        return ", ".join(f"{len(value[part])} {part}" for part in ("hosts", "models", "chats"))
