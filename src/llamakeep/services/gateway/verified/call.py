"""What a caller needs to call a gateway, and the calls of this machine."""

from typing import Any

from llamakeep.services.gateway.verified.evidence import GatewayCall
from llamakeep.services.gateway.wanted.record import WantedGateway
from llamakeep.verify import reach
from llamakeep.verify.probe import caller
from llamakeep.verify.stage import FOREIGN_HOST, Asking

_PATIENCE = 10.0  # seconds for an answer; a chat that was stopped starts meanwhile


def from_here(asking: Asking, wanted: WantedGateway) -> tuple[GatewayCall, ...]:
    """Call a gateway from this machine, at each address that is open to others."""
    if asking.host.connection.kind == "local":
        return ()
    found = []
    for address in reach.open_at(asking.host, wanted.addresses):
        said = caller.Call(request(wanted, address, asking)).all()
        found.append(GatewayCall.model_validate({"caller": reach.CONTROL, **said}))
    return tuple(found)


def request(wanted: WantedGateway, address: str, asking: Asking) -> dict[str, Any]:
    """Return what a caller needs to call it at one address."""
    return {
        "address": address,
        "port": wanted.port,
        "domain": wanted.domain,
        "has_chat": bool(wanted.chats),
        "root": asking.root if wanted.certificate == "internal" else "",
        "nonce": asking.nonce,
        "patience": _PATIENCE,
        "foreign_host": FOREIGN_HOST,
    }
