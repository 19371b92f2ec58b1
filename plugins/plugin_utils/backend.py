"""Whom a chat asks for models, and where: its receipt, its role and the plan have it from here."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import server_name
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.reach import Groups, known_at, reached_at, refuse_closed

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - where a door may listen
OLLAMA, GATEWAY, MODE = "ollama_api_addresses", "gateway_addresses", "ollama_api_tls"


def upstream_for(host: str, groups: Groups, option: Option) -> dict[str, Any]:
    """Return whom a chat asks for models, and the gateway under whose name people find it.

    >>> asks("chat1", groups, option)
    {"models": {"host": "llm1", "addresses": ["192.0.2.11"], "port": 11434}, "gateway": {}, "tls": "llm1"}

    Raises Refusals for somebody who would not hear it, or not let it in.
    """
    gateway = _first("gateway_hosts", groups)
    named = _gateway(gateway, option) if gateway else {}
    models = _models(host, groups, option, named)
    return {"models": models, "gateway": named, "tls": _tls(host, models, groups, option)}


def _tls(host: str, models: dict[str, Any], groups: Groups, option: Option) -> str:
    """Return by which name the chat's door out verifies an llm host of the fleet; empty: it carries what it is given.

    The chat itself speaks TLS to the gateway, which has a name that people know.
    """
    backend = _end(str(option(host, "open_webui_backend")))
    if backend:
        return next((name for end, name in _doors(groups, option) if end == backend), "")
    if option(host, "open_webui_backend_key") or not models.get("addresses"):
        return ""
    return server_name(models["host"], models["addresses"][0], MODE, option)


def _doors(groups: Groups, option: Option) -> Iterator[tuple[str, str]]:
    """Return each address of an llm host's door, and by which name it is verified there."""
    for asked in groups.get("llm_hosts", []):
        addresses = [str(address) for address in option(asked, OLLAMA)]
        everywhere = any(address in WILDCARDS for address in addresses)
        for address in [*addresses, *(known_at(asked, option) if everywhere else ())]:
            end = _end(endpoint(address, int(option(asked, "ollama_api_port"))))
            yield end, server_name(asked, address, MODE, option)


def _end(written: str) -> str:
    """Return an address and a port in the one spelling; what is neither stays as it is.

    >>> _end("[2001:DB8::0:11]:11434")
    '[2001:db8::11]:11434'
    """
    host, _, port = written.rpartition(":")
    try:
        return endpoint(str(ipaddress.ip_address(host.strip("[]"))), int(port))
    except ValueError:
        return written


def _models(host: str, groups: Groups, option: Option, named: dict[str, Any]) -> dict[str, Any]:
    if option(host, "open_webui_backend"):
        return {}  # an option of its own says it
    if option(host, "open_webui_backend_key"):
        return {**named, "addresses": _where(host, named["host"], GATEWAY, option)} if named else {}
    asked = host if host in groups.get("llm_hosts", []) else _first("llm_hosts", groups)
    if not asked:
        return {}
    port = option(asked, "ollama_api_port")
    if asked != host:
        closed = _refusal_of(lambda: refuse_closed(host, "chat_hosts", asked, "ollama_api_groups", groups, option))
        return {"host": asked, "addresses": _where(host, asked, OLLAMA, option, *closed), "port": port}
    network = option(host, "ollama_network")
    there = {"host": host, "network": network, "port": port}
    return there if network == "sealed" else {**there, "addresses": _where(host, host, OLLAMA, option)}


def _where(host: str, asked: str, variable: str, option: Option, *wrong: Refusal) -> list[str]:
    """Return the address to which a chat connects, in a list of one; with `wrong`, refuse that as well."""
    found: list[str] = []
    known = known_at(asked, option)
    silent = _refusal_of(lambda: found.append(reached_at(host, asked, variable, option, known)))
    if wrong or silent:
        raise Refusals([*wrong, *silent])
    return found


def _refusal_of(work: Callable[[], None]) -> list[Refusal]:
    try:
        work()
    except Refusal as refusal:
        return [refusal]
    return []


def _first(group: str, groups: Groups) -> str:
    return next(iter(groups.get(group, [])), "")


def _gateway(host: str, option: Option) -> dict[str, Any]:
    return {
        "host": host,
        "domain": option(host, "gateway_domain"),
        "port": option(host, "gateway_https_port"),
    }
