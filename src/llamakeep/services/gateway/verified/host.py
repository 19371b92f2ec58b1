"""One gateway, as its claims see it."""

from dataclasses import dataclass

from llamakeep.inventory.managed import ManagedUnit
from llamakeep.services.gateway.verified.evidence import GatewayCall, GatewayEvidence
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.verify.evidence import NotChecked
from llamakeep.verify.verified import ManagedHost

NAME = "gateway"


def reader_of(wanted: WantedGateway) -> str:
    """Return the unit that reads long requests: the one that is sealed."""
    return next(unit.name for unit in wanted.managed.units if unit.sealed)


@dataclass(frozen=True, repr=False)
class GatewayHost(ManagedHost):
    """One host that is a gateway."""

    wanted: WantedGateway
    from_here: tuple[GatewayCall, ...] = ()  # the calls of the control node
    root: bool = True  # whether the inventory has the root that the certificate is to be signed by

    @property
    def look(self) -> GatewayEvidence:
        """Return what was seen of the gateway."""
        value: GatewayEvidence = self._found(NAME)
        return value

    @property
    def units(self) -> tuple[ManagedUnit, ...]:
        """Return the units of its role that are to run always."""
        found = (each for each in self.wanted.managed.units if each.state == "started" and each.enabled)
        return tuple(each for each in found if not each.name.endswith(".timer"))

    @property
    def calls(self) -> tuple[GatewayCall, ...]:
        """Return how the gateway was found by whoever called it: its own host, and the control node."""
        found = (*self.look.calls, *self.from_here)
        if not found:
            raise NotChecked("nobody called it: the gateway does not answer on its own host")
        return found
