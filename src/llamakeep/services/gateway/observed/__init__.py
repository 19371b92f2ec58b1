"""The gateway's part in observe: what it shows, whom it knows, and how the hosts behind it are."""

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest
from rich.text import Text

from llamakeep.observe.stage import ObservedStage
from llamakeep.services.gateway.observed.ask import AskGateway
from llamakeep.services.gateway.observed.fact import GatewayFact
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway


class Stage(ObservedStage[WantedGateway, SeenGateway]):
    """What is asked of a host about its gateway, and what was seen of it."""

    record = SeenGateway
    facts = (GatewayFact(),)

    def ask(self, wanted: WantedGateway) -> AskGateway:
        """Return where to ask."""
        return AskGateway(nearest(wanted.addresses), wanted.port, wanted.domain, wanted.metrics_port)

    def seen(self, said: Mapping[str, Any]) -> SeenGateway | None:
        """Return what it shows and says."""
        found: SeenGateway | None = said.get(GatewayFact.name)
        return found

    def in_short(self, seen: SeenGateway) -> Iterator[Text]:
        """Return its version and how many of the hosts behind it are there."""
        there = sum(each.up for each in seen.backends)
        away = there < len(seen.backends)
        hosts = Text(f"{there} of {len(seen.backends)} backends", style="yellow" if away else "")
        version = (seen.version or "").partition("-")[0]
        up = Text.assemble(f"gateway {version}, ", hosts)
        yield up if seen.answers else Text("gateway: silent", style="red")
        if seen.certificate is not None and seen.certificate.fault:
            yield Text("certificate at fault", style="red")

    def remarks(self, seen: SeenGateway) -> Iterator[str]:
        """Return what is wrong with its certificate."""
        if seen.certificate is not None and seen.certificate.fault:
            yield f"the gateway's certificate: {seen.certificate.fault}"
