"""What the gateway of one gateway host should be, from its inputs and what it leads to."""

from collections.abc import Iterator
from typing import Any

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import WantedGateway, WantedKey


def gateway(inputs: dict[str, Any], leads: dict[str, Any]) -> WantedGateway:
    """Return what the inputs ask for; `leads` is the collection's table of what the gateway leads to."""
    plain = reveal(inputs)
    return WantedGateway(
        domain=str(plain["gateway_domain"]),
        addresses=tuple(plain["gateway_addresses"]),
        port=int(plain["gateway_https_port"]),
        certificate=plain["gateway_certificate"],
        keys=tuple(keys(plain["gateway_keys"] or {})),
        models={model["name"]: tuple(host["name"] for host in model["hosts"]) for model in leads["models"]},
        chats=tuple(chat["name"] for chat in leads["chats"]),
        takes_files=any(chat["takes_files"] for chat in leads["chats"]),
        metrics_port=int(plain["gateway_metrics_port"]),
    )


def keys(clients: dict[str, Any]) -> Iterator[WantedKey]:
    """Return the keys of the clients, by name; of a rotated one also the old half.

    >>> [*keys({"ann": {"sha256": "ab…", "created": "2026-11-20", "previous": [{"until": "2026-11-27", …}]}})]
    [WantedKey(name='ann', created='2026-11-20', until=''), WantedKey(name='ann', created='', until='2026-11-27')]
    """
    for name, client in sorted(clients.items()):
        yield WantedKey(name=str(name), created=str(client.get("created") or ""))
        for one in client.get("previous") or ():
            yield WantedKey(name=str(name), created="", until=str(one.get("until") or ""))
