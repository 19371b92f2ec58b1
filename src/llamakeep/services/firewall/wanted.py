"""The firewall of one host: it has nothing to say but what its role manages."""

from llamakeep.inventory.stage import Evaluated, WantedStage
from llamakeep.inventory.wanted import Wanted


class WantedFirewall(Wanted):
    """The table of nftables that closes the ports of ours to everybody but the allowed clients."""


class Stage(WantedStage[WantedFirewall]):
    """The firewall's part in the inventory."""

    record = WantedFirewall

    def read(self, found: Evaluated) -> WantedFirewall:
        """Return what the firewall should be on a host."""
        return WantedFirewall(managed=found.managed)
