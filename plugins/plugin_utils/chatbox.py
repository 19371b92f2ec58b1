"""What Chatbox is told of the fleet: one provider with its models, in the shapes that it reads."""

from __future__ import annotations

import base64
import datetime
import difflib
import hashlib
import json
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import bracketed
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import MUTUAL
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import named

Option = Callable[[str, str], Any]  # host, option -> its effective value there
OLLAMA = "ollama"  # the provider that Chatbox brings along: no key, no TLS of ours
_USER = {"user", "client", "key", "model"}


def gateway(domain: str, port: int, models: Iterable[str]) -> dict[str, Any]:
    """Return the provider that stands for a gateway; its key is each user's own and not part of it.

    >>> gateway("example.org", 443, ["mistral:7b"])
    {"id": "llamakeep-example.org", "name": "example.org", "custom": True,
     "address": "https://api.example.org/v1", "models": ["mistral:7b"]}
    """
    shown = "" if port == 443 else f":{port}"
    address = f"https://api.{domain.lower()}{shown}/v1"
    name = domain.lower()
    return {"id": f"llamakeep-{name}", "name": name, "custom": True, "address": address, "models": list(models)}


def direct(endpoint: str, models: Iterable[str]) -> dict[str, Any]:
    """Return the provider that stands for one llm host that is asked without a gateway."""
    return {"id": OLLAMA, "name": "Ollama", "custom": False, "address": f"http://{endpoint}", "models": list(models)}


def gateway_of(groups: Mapping[str, list[str]], option: Option) -> str:
    """Return the gateway that desktops are pointed to: the first that has a domain; empty where there is none."""
    return next((host for host in groups.get("gateway_hosts", []) if option(host, "gateway_domain")), "")


def asked(host: str, groups: Mapping[str, list[str]], option: Option) -> dict[str, Any]:
    """Return the provider that a desktop is told of: the gateway, else the first llm host; empty without either."""
    hosts = groups.get("llm_hosts", [])
    gate = gateway_of(groups, option)
    if not gate and not hosts:
        return {}
    models = served(hosts, option)
    if gate:
        return gateway(str(option(gate, "gateway_domain")), int(option(gate, "gateway_https_port")), models)
    first = hosts[0]
    known = option(first, "firewall_addresses") or [option(first, "ansible_host") or first]
    address = "127.0.0.1" if first == host else str(known[0])
    shown = bracketed(address)
    return direct(f"{shown}:{option(first, 'ollama_api_port')}", models)


def settings(
    host: str, groups: Mapping[str, list[str]], option: Option, wanted: Any, today: datetime.date
) -> dict[str, Any]:
    """Return what the Chatbox of a desktop is told, of whom `wanted` says the users; what is refused stands beside it.

    `stale` are those of the refusals that come by themselves, when a key is revoked, or ends.

    >>> told("desk1", groups, option, [{"user": "ann", …}], today)
    {"provider": {"id": "llamakeep-example.org", …}, "models": {"mistral:7b": ["gpu01"]},
     "users": [{"user": "ann", …}], "refusals": [], "stale": []}
    """
    provider, gate = asked(host, groups, option), gateway_of(groups, option)
    if not provider:
        remedy = "add a host to gateway_hosts or llm_hosts, or leave chatbox_users out"
        nobody = Refusal(
            "chatbox_users",
            "the inventory has nobody who could be asked for models",
            id="no-upstream-for-chatbox",
            remedy=remedy,
        )
        wrong = as_mappings([nobody] if wanted else [])
        return {"provider": {}, "models": {}, "users": [], "refusals": wrong, "stale": []}
    found = users(wanted or [], provider, (option(gate, "gateway_keys") if gate else {}) or {}, today)
    refusals = [one for one in found if isinstance(one, Refusal)]
    if wanted and not gate:
        refusals += _without_certificate(host, groups["llm_hosts"][0], option)
    return {
        "provider": provider,
        "models": _having(provider["models"], groups.get("llm_hosts", []), option),
        "users": [one for one in found if isinstance(one, dict)],
        "refusals": as_mappings(refusals),
        "stale": as_mappings(one for one in refusals if gate and one.place.endswith((".client", ".key"))),
    }


def _without_certificate(host: str, asked: str, option: Option) -> list[Refusal]:
    """Refuse a door that would ask Chatbox for a certificate: it has none to show."""
    if host == asked or option(asked, "ollama_api_tls") != MUTUAL:
        return []
    return [
        Refusal(
            f"ollama_api_tls of {asked}",
            f"{MUTUAL}: its door asks for a certificate, and Chatbox on {host} can show none",
            id="chatbox-without-certificate",
            expected="a gateway, where a key opens; or a door that is plain by name",
            remedy=f"add a host to gateway_hosts, or set ollama_api_tls: none for {asked}",
        )
    ]


def _having(models: Iterable[str], hosts: Iterable[str], option: Option) -> dict[str, list[str]]:
    """Return model -> the hosts that have it."""
    served_by = {host: served([host], option) for host in hosts}
    return {model: [host for host, names in served_by.items() if model in names] for model in models}


def link(provider: Mapping[str, Any], key: str) -> str:
    """Return the link that Chatbox (1.15.1 and later) imports a provider from, with the key in it.

    >>> link(gateway("example.org", 443, ["mistral:7b"]), "lk_…")
    'chatbox://provider/import?config=eyJpc0N1c3RvbSI6dHJ1ZSwi…'
    """
    text = base64.b64encode(config(provider, key).encode()).decode()
    return f"chatbox://provider/import?config={urllib.parse.quote(text, safe='')}"


def config(provider: Mapping[str, Any], key: str) -> str:
    """Return a provider as JSON in the form that Chatbox imports, by a link or from the clipboard."""
    settings = {
        "isCustom": True,
        "id": provider["id"],
        "name": provider["name"],
        "type": "openai",
        "settings": {
            "apiHost": provider["address"],
            "apiKey": key,
            "models": [{"modelId": name} for name in provider["models"]],
        },
    }
    return json.dumps(settings, separators=(",", ":"))


def tidy(key: Any) -> str:
    """Return a key without the blanks and line breaks that pasting brings; a key has none of its own."""
    return "".join(str(key).split())


def served(hosts: Iterable[str], option: Option) -> list[str]:
    """Return the canonical names of the models that the hosts are to have, each once, in the inventory's order."""
    found: dict[str, None] = {}
    for host in hosts:
        left_out = set(option(host, "left_out") or ())
        names = [canonical(name) for name in named(option(host, "ollama_models_names"))]
        found |= dict.fromkeys(name for name in names if name not in left_out)
    return list(found)


def users(settings: Any, provider: Mapping[str, Any], keys: Mapping[str, Any], today: datetime.date) -> list[Any]:
    """Return the users as the module takes them, and among them a Refusal for each that is no good.

    >>> users([{"user": "ann", "client": "ann", "key": "lk_…", "model": "mistral:7b"}], provider, keys, today)
    [{"user": "ann", "key": "lk_…", "model": "mistral:7b"}]
    """
    if not isinstance(settings, list):
        return [
            Refusal("chatbox_users", "is no list", id="not-a-list", expected="a list of {user, client, key, model}")
        ]
    found: list[Any] = []
    for number, item in enumerate(settings):
        place = f"chatbox_users[{number}]"
        if not isinstance(item, Mapping) or not item.get("user") or set(item) - _USER:
            expected = "user (who logs in on the desktop), client, key, and perhaps model"
            found.append(Refusal(place, "is no such user", id="chatbox-user-malformed", expected=expected))
            continue
        name = str(item["user"])
        if name in [one["user"] for one in found if isinstance(one, dict)]:
            found.append(
                Refusal(place, f"{name} stands here a second time", id="named-twice", expected="each user once")
            )
            continue
        wrong = [*_model(place, item, provider), *(_key(place, item, provider, keys, today))]
        model = canonical(str(item["model"])) if item.get("model") else ""
        found += wrong or [{"user": name, "key": tidy(item.get("key") or ""), "model": model}]
    return found


def _model(place: str, item: Mapping[str, Any], provider: Mapping[str, Any]) -> list[Refusal]:
    wanted, there = str(item.get("model") or ""), provider["models"]
    if not wanted or canonical(wanted) in there:
        return []
    near = difflib.get_close_matches(wanted, there, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]}?" if near else "add it to ollama_models_names, or leave model out"
    return [
        Refusal(
            f"{place}.model",
            f"{wanted} is served by none of the llm_hosts",
            id="model-not-served",
            expected=", ".join(there[:10]),
            remedy=remedy,
        )
    ]


def _key(
    place: str, item: Mapping[str, Any], provider: Mapping[str, Any], keys: Mapping[str, Any], today: datetime.date
) -> list[Refusal]:
    """Refuse a key that would be turned away: found now, not by the user."""
    client, key = str(item.get("client") or ""), tidy(item.get("key") or "")
    if not provider["custom"]:
        if not client and not key:
            return []
        remedy = "add a host to gateway_hosts, or leave client and key out"
        return [
            Refusal(
                f"{place}.key", "is for a gateway, and the inventory has none", id="key-without-gateway", remedy=remedy
            )
        ]
    if not client or not key:
        expected = "the client's name, and its key from the vault"
        return [
            Refusal(
                place,
                "has no client or no key",
                id="client-or-key-missing",
                expected=expected,
                remedy=f"llamakeep key add {item['user']}",
            )
        ]
    if client not in keys:
        remedy = f"llamakeep key add {client}; where it was revoked, take {item['user']} out"
        return [
            Refusal(
                f"{place}.client",
                f"{client} is no client of the gateway",
                id="client-unknown",
                expected="one of gateway_keys",
                remedy=remedy,
            )
        ]
    digest = hashlib.sha256(key.encode()).hexdigest()
    if digest in in_force(keys[client], today):
        return []
    remedy = f"put the present one into the vault; where nobody has it: llamakeep key rotate {client}"
    return [
        Refusal(
            f"{place}.key",
            f"is not the key of {client}",
            id="key-does-not-match",
            expected="the one whose sha256 is in gateway_keys",
            remedy=remedy,
        )
    ]


def in_force(client: Mapping[str, Any], today: datetime.date) -> list[str]:
    """Return the hashes that open for a client on a day: its key's, and those of older keys that still do."""
    older = [one for one in client.get("previous") or () if str(one.get("until", "")) >= today.isoformat()]
    return [str(one.get("sha256", "")).lower() for one in (client, *older)]
