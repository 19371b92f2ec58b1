"""What the gateway of one gateway host should be, from its inputs and its upstreams."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.stage import Evaluated, Listening, WantedStage
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey
from llamakeep.services.gateway.wanted.row import row

UPSTREAMS = "fleet:routes"
METRICS_AT = ("127.0.0.1",)
# Either holds the sockets: the service keeps those that it was handed.
_UNITS = ("llamakeep-gateway.socket", "llamakeep-gateway.service")
_CALLED = "the gateway"


class Stage(WantedStage[WantedGateway]):
    """The gateway's part in the inventory."""

    record = WantedGateway
    table = ("gateway", "programs go to", "at", "certificate", "routes to", "keys")

    def read(self, found: Evaluated) -> WantedGateway:
        """Return what the inputs ask for, with what stands behind it."""
        plain, upstreams = reveal(found.inputs), found.elsewhere[UPSTREAMS]
        return WantedGateway(
            managed=found.managed,
            domain=str(plain["gateway_domain"]),
            addresses=tuple(plain["gateway_addresses"]),
            port=int(plain["gateway_https_port"]),
            certificate=plain["gateway_certificate"],
            keys=tuple(keys(plain["gateway_keys"] or {})),
            models={model["name"]: tuple(host["name"] for host in model["hosts"]) for model in upstreams["models"]},
            chats=tuple(chat["name"] for chat in upstreams["chats"]),
            takes_files=any(chat["takes_files"] for chat in upstreams["chats"]),
            metrics_port=int(plain["gateway_metrics_port"]),
        )

    def listens(self, wanted: WantedGateway) -> Iterator[Listening]:
        """Return where it listens for clients, and where it tells the host itself how it is."""
        yield Listening("gateway_https_port", wanted.port, wanted.addresses, _UNITS, _CALLED)
        yield Listening("gateway_metrics_port", wanted.metrics_port, METRICS_AT, _UNITS, _CALLED)

    def row(self, wanted: WantedGateway, today: date) -> tuple[str, ...]:
        """Return where it is, what it leads to, and the age of each key."""
        return row(wanted, today)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return how much it leads to."""
        if name != UPSTREAMS or not isinstance(value, dict):
            return ""
        return ", ".join(f"{len(value[part])} {part}" for part in ("hosts", "models", "chats"))


def keys(clients: dict[str, Any]) -> Iterator[WantedKey]:
    """Return the keys of the clients, by name; of a rotated one also the old half.

    >>> [*keys({"ann": {"sha256": "ab…", "created": "2026-11-20", "previous": [{"until": "2026-11-27", …}]}})]
    [WantedKey(name='ann', created='2026-11-20', until=''), WantedKey(name='ann', created='', until='2026-11-27')]
    """
    for name, client in sorted(clients.items()):
        yield WantedKey(name=str(name), created=str(client.get("created") or ""))
        for one in client.get("previous") or ():
            yield WantedKey(name=str(name), created="", until=str(one.get("until") or ""))
