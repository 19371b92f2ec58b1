"""The gateway's part in verify."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.services.gateway.observed import fact as gateway
from llamakeep.services.gateway.verified import call
from llamakeep.services.gateway.verified.evidence import GatewayCall, GatewayEvidence
from llamakeep.services.gateway.verified.host import GatewayHost, reader_of
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.verify.stage import Asking, Found, VerifiedStage


class Stage(VerifiedStage[WantedGateway]):
    """What is looked at of the gateway, how it is called from here, and how its claims see it."""

    kind = WantedGateway
    evidence = GatewayEvidence
    columns = ("gateway",)
    hosts = {"gateway_host": lambda *_: True, "chat_gateway_host": lambda _, wanted: bool(wanted.chats)}

    def request(self, asking: Asking, wanted: WantedGateway) -> dict[str, Any]:
        """Return what the probe needs to look at a gateway."""
        at = nearest(wanted.addresses)
        return {
            "door": [at, wanted.port],
            "domain": wanted.domain,
            "metrics_port": wanted.metrics_port,
            "reader": reader_of(wanted),
            "units": [unit.name for unit in wanted.managed.units if unit.name.endswith(".service")],
            "source": gateway.source(),
            "call": call.request(wanted, at, asking),
        }

    def calls(self, asking: Asking, wanted: WantedGateway) -> tuple[GatewayCall, ...]:
        """Call it from this machine."""
        return call.from_here(asking, wanted)

    def host(self, found: Found, wanted: WantedGateway) -> GatewayHost:
        """Return the host as the claims about its gateway see it."""
        return GatewayHost(found.host, wanted, found.seen, found.nonce, found.kit, found.calls, found.has_root)
