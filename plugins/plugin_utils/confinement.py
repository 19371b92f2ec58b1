"""Where a gateway may speak to: the doors of its llm hosts and of its chats, and nowhere else."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any


def reaches(routes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each door behind a gateway as nft names it, once, in an order that does not change.

    >>> reaches({"hosts": [{"endpoint": "192.0.2.11:11434", …}], "chats": [{"endpoint": "[2001:db8::21]:8080", …}]})
    [{"family": "ip", "address": "192.0.2.11", "port": 11434}, {"family": "ip6", "address": "2001:db8::21", …}]
    """
    doors = {_door(behind["endpoint"]) for behind in [*routes["hosts"], *routes["chats"]]}
    ordered = sorted(doors, key=lambda door: (door[0].version, door))
    return [
        {"family": "ip" if address.version == 4 else "ip6", "address": str(address), "port": port}
        for address, port in ordered
    ]


def _door(endpoint: str) -> tuple[Any, int]:
    host, _, port = endpoint.rpartition(":")
    return ipaddress.ip_address(host.strip("[]")), int(port)
