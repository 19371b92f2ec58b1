"""Who may connect to a door: the addresses of the hosts of its groups."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_place, issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import SERVED


def allowed_clients(
    door: Mapping[str, Any], groups: Mapping[str, list[str]], hostvars: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the addresses by family, sorted, or refuse a group or a host that nobody can find.

    >>> allowed_clients({"name": "ollama_api", "groups": ["chat_hosts"]}, groups, hostvars)
    {"ipv4": ["192.0.2.7"], "ipv6": ["2001:db8::7"]}
    """
    networks = {
        network
        for group in door["groups"]
        for host in _hosts(door, group, groups)
        for network in addresses(host, group, hostvars[host])
    }
    four = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv6Network))
    return {"ipv4": [_written(one) for one in four], "ipv6": [_written(one) for one in six]}


def _hosts(door: Mapping[str, Any], group: str, groups: Mapping[str, list[str]]) -> list[str]:
    if group not in groups:
        known = ", ".join(sorted(name for name in groups if name not in ("all", "ungrouped")))
        raise Refusal(
            f"{door['name']}_groups",
            f"the inventory has no group {group}",
            id="group-unknown",
            expected=f"one of {known}",
            remedy="correct the name, or add the group",
        )
    return groups[group]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def addresses(host: str, group: str, variables: Mapping[str, Any]) -> list[Network]:
    """Return from where one host connects: its `firewall_addresses`, else the IP address by which it is reached."""
    named = variables.get("firewall_addresses")
    if named:
        return [_network(host, "firewall_addresses", address) for address in named]
    reached = variables.get("ansible_host") or host
    try:
        return [ipaddress.ip_network(reached)]
    except ValueError:
        raise Refusal(
            f"firewall_addresses of {host}",
            f"unset, and {host} is reached as {reached!r}, which is no IP address",
            id="host-address-unknown",
            expected=f"the addresses from which it speaks to others: group {group} is let in by address",
            remedy=f"set firewall_addresses for {host}, such as [192.0.2.7, '2001:db8::7']",
        ) from None


def _network(host: str, variable: str, address: str) -> Network:
    try:
        return ipaddress.ip_network(address)
    except ValueError as error:
        remedy = "write an address such as 192.0.2.7 or 2001:db8::7, or a network such as 192.0.2.0/28"
        raise Refusal(f"{variable} of {host}", f"{address!r}: {error}", id="network-invalid", remedy=remedy) from None


def _written(network: Network) -> str:
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def admitting(door: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return a door of a role's table with the addresses and the names that it lets in beside the host itself.

    >>> admitting({"name": "ollama-api", "groups": ["chat_hosts"], "groups_option": "ollama_api_groups", …}, task_vars)
    {"name": "ollama-api", "allowed_clients": ["192.0.2.7", "2001:db8::7"], "allowed_names": ["chat1", "llm1"], …}
    """
    if not door.get("groups"):
        return {**door, "allowed_names": [identity(variables["inventory_hostname"])]} if door.get("tls") else door
    asked = {"name": door["groups_option"].removesuffix("_groups"), "groups": door["groups"]}
    found = allowed_clients(asked, variables["groups"], variables["hostvars"])
    return {**door, "allowed_clients": found["ipv4"] + found["ipv6"], "allowed_names": names(door, variables)}


def names(door: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the names on the certificates with which a door lets in: those of its groups' hosts, and its own host's.

    Not of whom a certificate was revoked, while no other was issued: a host gets one by the next run, a program
    outside of the fleet by `llamakeep client-cert`.
    """
    if not door.get("tls"):
        return []
    hosts = {host for group in door["groups"] for host in variables["groups"][group]}
    every = issued.read(hosts_place.folder_of(dict(variables)) / hosts_place.INDEX)
    served = {host for group in SERVED for host in variables["groups"].get(group, [])}
    kept = {host for host in hosts if host in served or not issued.is_shut(identity(host), every)}
    return sorted({identity(host) for host in (*kept, variables["inventory_hostname"])})
