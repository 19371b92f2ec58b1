"""The ports on which the services of one host listen, and which two of them cannot both have."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import MUTUAL
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.doors import listening_at

LOOPBACK = ("127.0.0.1",)
# Of each group: the option that says the port, and the one that says the addresses; none: loopback alone.
_BY_GROUP = {
    "llm_hosts": (("ollama_api_port", "ollama_api_addresses"), ("ollama_manage_port", "")),
    "chat_hosts": (("open_webui_port", "open_webui_addresses"),),
    "gateway_hosts": (("gateway_https_port", "gateway_addresses"), ("gateway_metrics_port", "")),
}
# Addresses -> the option that says whether a door at them asks for certificates: then it is on loopback, too.
_MODE = {"ollama_api_addresses": "ollama_api_tls", "open_webui_addresses": "open_webui_tls"}
# Refused with the gateway's other options, at whatever addresses they are.
_SAID = {"gateway_https_port", "gateway_metrics_port"}

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Way(NamedTuple):
    """One port on which a host listens for others."""

    option: str  # by which its port is chosen: "open_webui_port"
    port: int
    at: tuple[str, ...]


def ways(groups: Collection[str], option: Callable[[str], Any]) -> Iterator[Way]:
    """Return every port on which something of ours is to listen on a host of these groups.

    >>> [*ways(["llm_hosts"], {"ollama_api_port": 11434, "ollama_api_addresses": ["127.0.0.1"]}.get)]
    [Way(option='ollama_api_port', port=11434, at=('127.0.0.1',))]
    """
    for group, pairs in _BY_GROUP.items():
        if group in groups:
            for port, addresses in pairs:
                at = tuple(map(str, option(addresses) if addresses else LOOPBACK))
                is_mutual = addresses in _MODE and option(_MODE[addresses]) == MUTUAL
                yield Way(port, int(option(port)), _with_loopback(at) if is_mutual else at)


def _with_loopback(at: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(listening_at(at, tls=True))
    except ValueError:
        return at  # a name, which is refused elsewhere


def collisions(host: str, every: Iterable[Way]) -> Iterator[Refusal]:
    """Refuse a port that two of ours would take: the second would never open."""
    earlier: list[Way] = []
    for way in every:
        for one in earlier:
            if way.port == one.port and meets(way.at, one.at) and not {way.option, one.option} <= _SAID:
                yield Refusal(
                    f"{way.option} of {host}",
                    f"is {way.port}, as is its {one.option}, at the same address",
                    id="port-chosen-twice",
                    expected="a port for each of them",
                    remedy=f"set another {way.option}",
                )
        earlier.append(way)


def meets(some: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether a listener at any of `some` leaves no room for one at any of `others`.

    >>> meets(("0.0.0.0",), ("127.0.0.1",)), meets(("192.0.2.7",), ("127.0.0.1",))
    (True, False)
    """
    return any(_same(one, other) for one in some for other in others)


def _same(some: str, other: str) -> bool:
    try:
        one, two = ipaddress.ip_address(some), ipaddress.ip_address(other)
    except ValueError:
        return True  # a name: which address it stands for, only the host knows
    return one == two or _covers(one, two) or _covers(two, one)


def _covers(one: _Address, other: _Address) -> bool:
    """Tell whether `one` is a wildcard that takes the port of `other` too; `::` listens for IPv4 as well."""
    return one.is_unspecified and (one.version == 6 or other.version == 4)
