"""Where a gateway may speak to: the doors of its llm hosts and of its chats, and nowhere else; and nobody beside it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.backend import upstream_for
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.reach import Address, Groups


def reaches(routes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each door behind a gateway as nft names it, once, in an order that does not change.

    >>> reaches({"hosts": [{"endpoint": "192.0.2.11:11434", …}], "chats": [{"endpoint": "[2001:db8::21]:8080", …}]})
    [{"family": "ip", "address": "192.0.2.11", "port": 11434}, {"family": "ip6", "address": "2001:db8::21", …}]
    """
    return _named(_door(behind["endpoint"]) for behind in [*routes["hosts"], *routes["chats"]])


def guarded(gateway: str, routes: Mapping[str, Any], groups: Groups, option: Option) -> list[dict[str, Any]]:
    """Return the doors behind a gateway that other users of its host are kept from, as nft names them.

    They are those of other hosts. One that a chat of the same host asks is left open: its way out has a user without a
    number of his own.

    >>> guarded("gate1", {"hosts": [{"name": "llm1", "endpoint": "192.0.2.11:11434", …}], "chats": []}, groups, option)
    [{"family": "ip", "address": "192.0.2.11", "port": 11434}]
    """
    others = (behind for behind in [*routes["hosts"], *routes["chats"]] if behind["name"] != gateway)
    doors = {_door(behind["endpoint"]) for behind in others}
    return _named(doors - _asked_by_chat(gateway, groups, option))


def _asked_by_chat(host: str, groups: Groups, option: Option) -> set[tuple[Address, int]]:
    """Return the door that a chat of this host asks; none where it cannot, which its own role refuses."""
    if host not in groups.get("chat_hosts", []):
        return set()
    try:
        if named := str(option(host, "open_webui_backend")):
            return {_door(named)}
        models = upstream_for(host, groups, option)["models"]
    except (Refusal, Refusals, ValueError):
        return set()
    return {(ipaddress.ip_address(address), int(models["port"])) for address in models.get("addresses", ())}


def _named(doors: Iterable[tuple[Address, int]]) -> list[dict[str, Any]]:
    ordered = sorted(set(doors), key=lambda door: (door[0].version, door))
    return [
        {"family": "ip" if address.version == 4 else "ip6", "address": str(address), "port": port}
        for address, port in ordered
    ]


def _door(endpoint: str) -> tuple[Address, int]:
    host, _, port = endpoint.rpartition(":")
    return ipaddress.ip_address(host.strip("[]")), int(port)
