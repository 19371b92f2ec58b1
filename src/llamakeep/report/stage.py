"""What the report asks of a service: what it says of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from llamakeep import services
from llamakeep.inventory.door import Door
from llamakeep.inventory.wanted import Wanted
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.plan import HostPlan
from llamakeep.report.line import Line
from llamakeep.verify.check import Check


class Case(NamedTuple):
    """One host as a run left it; what has no record is None or empty."""

    now: datetime  # UTC; when the run began
    seen: HostFacts | None = None
    plan: HostPlan | None = None
    checks: tuple[Check, ...] = ()


class ReportedStage[W: Wanted](Protocol):
    """A service's part in the report; its line in HTML stands in `services/<name>/reported.html.j2`."""

    record: type[Line] = Line

    def line(self, _case: Case, _wanted: W) -> Line | None:
        """Return what the report says of it; None: nothing."""
        return None

    def sealed(self, _wanted: W) -> bool | None:
        """Tell whether it is to see loopback alone; None: it could not be sealed."""
        return None

    def doors(self, _wanted: W) -> Iterator[Door]:
        """Return the doors that lead to it."""
        return iter(())

    def serves(self, _seen: HostFacts) -> str:
        """Return what answers, with its version; empty: nothing."""
        return ""

    def simulated(self, _seen: HostFacts) -> Iterator[str]:
        """Return what of it is played, or stands in for the real one."""
        return iter(())


def stages() -> dict[str, ReportedStage[Any]]:
    """Return service -> its part in the report."""
    return services.parts("reported")
