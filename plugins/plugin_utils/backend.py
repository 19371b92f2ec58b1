"""Whom a chat asks for models, and where: its receipt, its role and the plan have it from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.reach import Groups, known_at, reached_at, refuse_closed

OLLAMA, GATEWAY = "ollama_api_addresses", "gateway_addresses"


def upstream_for(host: str, groups: Groups, option: Option) -> dict[str, Any]:
    """Return whom a chat asks for models, and the gateway under whose name people find it.

    >>> asks("chat1", groups, option)
    {"models": {"host": "llm1", "addresses": ["192.0.2.11"], "port": 11434}, "gateway": {}}

    Raises Refusals for somebody who would not hear it, or not let it in.
    """
    gateway = _first("gateway_hosts", groups)
    named = _gateway(gateway, option) if gateway else {}
    return {"models": _models(host, groups, option, named), "gateway": named}


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
