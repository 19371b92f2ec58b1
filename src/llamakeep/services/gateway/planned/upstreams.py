"""Whether the gateway reaches the hosts behind it."""

from collections.abc import Iterator

from llamakeep.inventory.model_list import NAMES
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.plan import Finding
from llamakeep.services.gateway.observed.seen import SeenBackend, SeenGateway
from llamakeep.services.gateway.wanted.record import WantedGateway


def upstream_findings(wanted: WantedGateway, seen: HostFacts) -> Iterator[Finding]:
    """Warn of models that nobody serves, and of hosts that the gateway does not reach."""
    yield from _nowhere(wanted)
    yield from _down(seen)


def _nowhere(wanted: WantedGateway) -> Iterator[Finding]:
    """Warn of models that no host behind the gateway has, and of a gateway that leads to none."""
    for model, hosts in wanted.models.items():
        if not hosts:
            yield Finding(
                id="model-without-host",
                severity="warning",
                found=f"the gateway leads nowhere for {model}: no host has it",
                expected="one llm host at least",
                remedy=f"name it in {NAMES} of a host on which it fits",
            )
    if not wanted.models:
        yield Finding(
            id="gateway-without-models",
            severity="warning",
            found="the gateway leads to no model",
            expected="an llm host with models",
            remedy=f"name them in {NAMES}",
        )


def _down(seen: HostFacts) -> Iterator[Finding]:
    """Warn of hosts that the gateway cannot reach now: by host where another one serves, by model where none does."""
    gateway = seen.service(SeenGateway)
    if gateway is None:
        return
    models: dict[str, list[SeenBackend]] = {}
    for backend in gateway.backends:
        models.setdefault(backend.model, []).append(backend)
    silent = [model for model, backends in models.items() if not any(one.up for one in backends)]
    if silent:
        yield Finding(
            id="model-upstreams-unreachable",
            severity="warning",
            found=f"the gateway reaches no host for {', '.join(sorted(silent))}: clients are told so",
            expected="one that is up",
            remedy="see what these hosts say: llamakeep verify",
        )
    named = {one.host for model in silent for one in models[model]}
    down = sorted({one.host for backends in models.values() for one in backends if not one.up} - named)
    if down:
        yield Finding(
            id="upstream-unreachable",
            severity="warning",
            found=f"the gateway does not reach {', '.join(down)}: it asks the others",
            expected="every host up",
            remedy=f"llamakeep verify -i … --limit {','.join(down)}",
        )
