"""What a host is made from that stands elsewhere in the inventory: its allowed clients, its upstream, its routes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.allowed_clients import allowed_clients
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.backend import upstream_for
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ca_place import CERTIFICATE
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.chatbox import asked, gateway_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import Option, Variables
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.gateway import routes
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.hosts_place import FOLDER, LIST, PREVIOUS, PREVIOUS_LIST
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import bearers, is_mutual, needs_certificate

Groups = Mapping[str, list[str]]


def neighbours(
    host: str,
    groups: Groups,
    hostvars: Mapping[str, Variables],
    option: Option,
    lock: Variables,
    ca: Path | None,
    known: dict[tuple[str, ...], Any] | None = None,
) -> dict[str, Any]:
    """Return what else a host is made from, under the names that the receipt gives it; `ca` is the root's folder.

    `known` keeps what many hosts have in common, for who asks about all of them.

    >>> neighbours("chat1", groups, hostvars, option, lock, Path("inventories/office/.ca"))
    {"fleet:chat_allowed_clients": {"ipv4": ["192.0.2.9"], "ipv6": []}, "fleet:upstream": {…}, …}

    Raises Refusal, or Refusals, for a host that could not be reached where it must be.
    """
    known = {} if known is None else known
    mine = {name for name, members in groups.items() if host in members}
    found: dict[str, Any] = {}
    asked = host, groups, hostvars, option, known
    if "llm_hosts" in mine:
        found["fleet:allowed_clients"] = _allowed_clients("ollama_api", "llm_hosts", *asked)
    if "chat_hosts" in mine:
        found["fleet:chat_allowed_clients"] = _allowed_clients("open_webui", "chat_hosts", *asked)
        found["fleet:upstream"] = upstream_for(host, groups, option)
    if "gateway_hosts" in mine:
        found["fleet:routes"] = routes(host, groups, option, lock)
    if "desktop_hosts" in mine:
        found["fleet:chats_at"] = chats_at(host, groups, option)
    if needs_certificate(host, groups, option):
        found["fleet:tls"] = _tls(ca / FOLDER) if ca is not None else {}
    trusts = found.get("fleet:chats_at", {}).get("certificate") == "internal"
    if trusts or (mine & {"chat_hosts", "gateway_hosts"} and groups.get("gateway_hosts")):
        found["fleet:root"] = _text(ca / CERTIFICATE) if ca is not None else ""
    return found


def _tls(folder: Path) -> dict[str, str]:
    """Return what stands for the roots that a host trusts, and for the certificates that are revoked."""
    return {
        "roots": _digest(_text(folder / CERTIFICATE), _text(folder / PREVIOUS)),
        "revoked": _digest(_text(folder / LIST), _text(folder / PREVIOUS_LIST)),
    }


def _digest(*texts: str) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest() if any(texts) else ""


def chats_at(host: str, groups: Groups, option: Option) -> dict[str, Any]:
    """Return what the Chatbox of a desktop is told of the fleet, and whose certificate it meets there.

    >>> chats_at("desk1", groups, option)
    {"provider": {"id": "llamakeep-example.org", "address": "https://api.example.org/v1", "models": […], …},
     "certificate": "internal"}
    """
    gate = gateway_of(groups, option)
    return {
        "provider": asked(host, groups, option),
        "certificate": option(gate, "gateway_certificate") if gate else "",
    }


def _allowed_clients(
    door: str,
    group: str,
    host: str,
    groups: Groups,
    hostvars: Mapping[str, Variables],
    option: Option,
    known: dict[tuple[str, ...], Any],
) -> dict[str, list[str]]:
    named = option(host, f"{door}_groups")
    asked = (door, *map(str, named))
    if asked not in known:
        found = allowed_clients({"name": door, "groups": named}, groups, hostvars)
        known[asked] = found, bearers(one for each in named for one in groups[each])
    addresses, names = known[asked]
    return {**addresses, "names": names} if is_mutual(host, group, option) else addresses


def _text(path: Path) -> str:
    """Return what a public file holds; empty where there is none yet."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            str(path), f"cannot be read: {error}", id="file-unreadable", expected="the root of the internal CA"
        ) from error
