"""The firewall's part in the plan."""

from collections.abc import Iterator

from llamakeep.plan.plan import Change
from llamakeep.plan.stage import Case, Effect, PlannedStage
from llamakeep.services.firewall.wanted import WantedFirewall


class Stage(PlannedStage[WantedFirewall]):
    """What comes with the firewall."""

    kind = WantedFirewall
    called = "the firewall"
    effects = {"firewall_": Effect()}

    def first(self, _case: Case, _wanted: WantedFirewall, why: str) -> Iterator[Change]:
        """Return the table that comes before anything listens."""
        yield Change(sign="+", what="firewall, table inet llamakeep: closed before anything listens", why=why)
