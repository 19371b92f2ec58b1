"""The firewall's part in verify."""

from dataclasses import dataclass
from typing import Any

from llamakeep.inventory.managed import ManagedUnit
from llamakeep.observe.seen import Drift
from llamakeep.record import Record
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.verify.evidence import ServiceEvidence
from llamakeep.verify.stage import Asking, Found, VerifiedStage
from llamakeep.verify.verified import ManagedHost

NAME = "firewall"
TABLE = "inet llamakeep"


class Table(Record):
    """The kit's nftables table."""

    loaded: bool
    detail: str
    rules: int  # lines


class FirewallEvidence(ServiceEvidence):
    """The firewall, as root of its host sees it."""

    table: Table


@dataclass(frozen=True, repr=False)
class FirewallHost(ManagedHost):
    """One host with a firewall of ours."""

    wanted: WantedFirewall

    @property
    def table(self) -> Table:
        """Return the kit's firewall table."""
        seen: FirewallEvidence = self._found(NAME)
        return seen.table

    @property
    def units(self) -> tuple[ManagedUnit, ...]:
        """Return the units that its role manages."""
        return self.wanted.managed.units

    @property
    def own_drift(self) -> list[Drift]:
        """Return what of it is not as the receipt says."""
        return [each for each in self.drift if is_own(each)]


class Stage(VerifiedStage[WantedFirewall]):
    """What is looked at of the firewall, and how its claims see it."""

    kind = WantedFirewall
    evidence = FirewallEvidence
    columns = ("firewall",)
    hosts = {"firewall_host": lambda *_: True}
    is_shared = True

    def request(self, _asking: Asking, _wanted: WantedFirewall) -> dict[str, Any]:
        """Return which table is to be listed."""
        return {"table": TABLE}

    def host(self, found: Found, wanted: WantedFirewall) -> FirewallHost:
        """Return the host as the claims about its firewall see it."""
        return FirewallHost(found.host, wanted, found.seen, found.nonce, found.kit)

    def explains(self, drift: Drift) -> bool:
        """Tell whether a difference is the firewall's."""
        return is_own(drift)


def is_own(drift: Drift) -> bool:
    """Tell whether a difference is the firewall's: its rules, its unit, or a file of it."""
    return drift.kind == "firewall" or NAME in drift.name
