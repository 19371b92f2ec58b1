"""Where one host connects to a door of another one, and which doors would not let it in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import here, is_loopback
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option

Groups = Mapping[str, list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_AS = {"gateway_hosts": "the gateway", "chat_hosts": "the chat"}  # what somebody is as one of a group


def refuse_closed(asker: str, group: str, host: str, variable: str, groups: Groups, option: Option) -> None:
    """Refuse a host whose door would not let the asker in, who comes as one of `group`."""
    let_in = [str(each) for each in option(host, variable)]
    if asker == host or any(asker in groups.get(each, []) for each in let_in):
        return
    raise Refusal(
        f"{variable} of {host}",
        f"names no group of {asker}, so its door would not let {_AS[group]} in",
        id="door-closed-to-client",
        expected=f"{group} among them",
        remedy=f"set {variable}: [{', '.join([*let_in, group])}] for {host}, or for its whole group",
    )


def reached_at(asker: str, host: str, variable: str, option: Option, liked: Sequence[str] = ()) -> str:
    """Return to which of its door's addresses the asker connects; on the same host, at loopback.

    >>> reached_at("gate1", "llm1", "ollama_api_addresses", option)  # ["127.0.0.1", "2001:db8::11", "192.0.2.11"]
    '192.0.2.11'

    Of several it is the first one of `liked`, else of IPv4.
    """
    addresses = [_address(host, variable, address) for address in option(host, variable)]
    loopback = [address for address in addresses if is_loopback(str(address))]

    def order(address: Address) -> tuple[int, int]:
        return (liked.index(str(address)) if str(address) in liked else len(liked), address.version)

    beyond = sorted((address for address in addresses if not is_loopback(str(address))), key=order)
    every = next((address for address in beyond if address.is_unspecified), None)
    if asker == host and (loopback or every):
        return str(loopback[0]) if loopback else here(str(every))
    if every:
        known = known_at(host, option)
        if known:
            return known[0]
        remedy = f"name the address itself in {variable}, or set firewall_addresses for {host}"
        raise Refusal(
            f"{variable} of {host}",
            "listens everywhere, and nobody knows at which address",
            id="listen-address-ambiguous",
            remedy=remedy,
        )
    if beyond:
        return str(beyond[0])
    raise Refusal(
        f"{variable} of {host}",
        f"has loopback alone, where {asker} cannot connect",
        id="listen-address-loopback-only",
        expected=f"an address of {host} in the network that it shares with {asker}",
        remedy=f'add it, such as {variable}: ["127.0.0.1", "192.0.2.11"]',
    )


def _address(host: str, variable: str, address: str) -> Address:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        remedy = "name the address itself, such as 192.0.2.10 or 2001:db8::10; no brackets, no port, no host name"
        raise Refusal(
            f"{variable} of {host}",
            f"{address!r} is no address to listen on",
            id="listen-address-invalid",
            remedy=remedy,
        ) from None


def known_at(host: str, option: Option) -> list[str]:
    """Return the addresses of a host itself by which the fleet knows it; a network or a name is none.

    >>> known_at("llm1", option)  # firewall_addresses: [192.0.2.0/28], ansible_host: 192.0.2.11
    ['192.0.2.11']
    """
    found = []
    for address in [*option(host, "firewall_addresses"), option(host, "ansible_host") or host]:
        try:
            found.append(str(ipaddress.ip_address(address)))
        except ValueError:
            continue
    return found
