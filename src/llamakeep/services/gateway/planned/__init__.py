"""The gateway's part in the plan."""

from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case, Effect, Elsewhere, LeftOut, PlannedStage
from llamakeep.services.gateway.planned import changes
from llamakeep.services.gateway.planned.certificate import certificate_findings
from llamakeep.services.gateway.planned.upstreams import upstream_findings
from llamakeep.services.gateway.planned.without import rerouted
from llamakeep.services.gateway.wanted import UPSTREAMS
from llamakeep.services.gateway.wanted.record import WantedGateway

_RELOADED = Effect(reloads=(changes.ENGINE,))


class Stage(PlannedStage[WantedGateway]):
    """What would change in the gateway of one host, and what stands in its way."""

    kind = WantedGateway
    called = "the gateway"
    announced = frozenset({"gateway_keys"})
    effects = {
        "gateway_addresses": Effect(restarts=(changes.SOCKET,)),
        "gateway_https_port": Effect(restarts=(changes.SOCKET,)),
        "gateway_": _RELOADED,
    }
    elsewhere = {
        UPSTREAMS: Elsewhere(
            "to which hosts, models and chats the gateway leads",
            "settings of llm_hosts and chat_hosts, and the lock",
            _RELOADED,
        ),
        "fleet:root": Elsewhere("the root of the internal CA", "root.crt beside the inventory"),
    }
    routes_to_models = True

    def findings(self, case: Case, wanted: WantedGateway) -> Iterator[Finding]:
        """Return what stands against its certificate, and against the hosts behind it."""
        yield from certificate_findings(case, wanted)
        yield from upstream_findings(wanted, case.seen)

    def first(self, _case: Case, wanted: WantedGateway, why: str) -> Iterator[Change]:
        """Return what a host gets that no converge has made a gateway yet."""
        return changes.first(wanted, why)

    def running(self, case: Case, wanted: WantedGateway) -> Iterator[Change]:
        """Return what the units need that do not run as they should."""
        return changes.running(case, wanted)

    def content(self, case: Case, wanted: WantedGateway) -> Iterator[Change]:
        """Return the certificate that is made anew, and whose key comes and goes."""
        yield from changes.renewal(wanted, case.seen, case.now)
        yield from changes.clients(case.host, wanted, case.seen, case.differ)

    def without(self, host: Host, wanted: WantedGateway, left_out: LeftOut) -> Host:
        """Return a gateway as it is to be while hosts go without models."""
        return rerouted(host, wanted, left_out) if any(left_out.values()) else host
