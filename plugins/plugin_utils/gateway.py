"""What a gateway leads to: the llm hosts that have each model, and the chat hosts."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import certificate_choice, clients, listing
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import server_name
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.reach import reached_at, refuse_closed

Groups = Mapping[str, list[str]]
Option = Callable[[str, str], Any]  # host, option -> its effective value there

DOMAIN = re.compile(
    r"(?=.{1,240}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE
)
# What a number of the gateway may be: from, to, and what is beyond it.
NUMBERS = {
    "gateway_https_port": (1, 65535),
    "gateway_metrics_port": (1, 65535),
    "gateway_rate": (1, clients.MOST),
    "gateway_request_limit": (65536, 200 * 2**20),  # HAProxy's own bound on a block is 256 MiB
    "gateway_queue_limit": (1, 3600),
}
REGISTRY, LIBRARY = "registry.ollama.ai/", "library/"


def routes(
    gateway: str, groups: Groups, option: Option, lock: Mapping[str, Any], known: listing.Known | None = None
) -> dict[str, Any]:
    """Return all that the gateway's configuration is made from; `known` is what the hosts say of their models.

    >>> routes("gate1", groups, option, lock)
    {"hosts": [{"name": "llm1", "endpoint": "192.0.2.11:11434", "tls": "llm1", "slots": 1}],
     "models": [{"name": "mistral:7b", "digest": "5f2c…", "backend": "mistral:7b", "hosts": [<of hosts>]}],
     "names": {"mistral:7b": "mistral:7b", "library/mistral:7b": "mistral:7b", …},
     "chats": [{"name": "chat1", "endpoint": "192.0.2.21:8080", "tls": "chat1", "takes_files": False}],
     "tags": '{"models":[…]}', "listed": '{"object":"list","data":[…]}', "buffer": 65536}
    """
    wrong: list[Refusal] = []
    hosts = [*_each(groups.get("llm_hosts", []), lambda host: _llm(gateway, host, groups, option), wrong)]
    chats = [*_each(groups.get("chat_hosts", []), lambda host: _chat(gateway, host, groups, option), wrong)]
    if wrong:
        raise Refusals(wrong)
    models = _models(hosts, lock)
    names = [model["name"] for model in models]
    tags, listed = listing.tags(names, lock, known or {}), listing.listed(names)
    return {
        "hosts": hosts,
        "models": models,
        "names": {spelling: model["backend"] for model in models for spelling in spellings(model["name"])},
        "chats": chats,
        "tags": tags,
        "listed": listed,
        "buffer": listing.buffer(tags, listed),
    }


def refusals(options: Mapping[str, Any]) -> list[Refusal]:
    """Return all that is wrong with the gateway's own options.

    >>> refusals({"gateway_domain": "", …})
    [Refusal("gateway_domain", "is not set", …)]
    """
    certificate = certificate_choice.refusals(options, datetime.datetime.now(datetime.timezone.utc))
    domain = _domain(options["gateway_domain"])
    return [*domain, *_addresses(options), *_numbers(options), *certificate, *clients.refusals(options["gateway_keys"])]


def _domain(domain: str) -> list[Refusal]:
    if DOMAIN.fullmatch(str(domain)):
        return []
    found = f"{domain!r} is no domain" if domain else "is not set"
    expected = "a domain, under which clients find chat.<domain> and api.<domain>"
    return [
        Refusal(
            "gateway_domain",
            found,
            id="gateway-domain-invalid",
            expected=expected,
            remedy="set it, such as gateway_domain: example.org",
        )
    ]


def _addresses(options: Mapping[str, Any]) -> list[Refusal]:
    found = []
    for address in options["gateway_addresses"]:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            remedy = "name the address itself, such as 192.0.2.10 or 2001:db8::10; no brackets, no port, no host name"
            found.append(
                Refusal(
                    "gateway_addresses",
                    f"{address!r} is no address to listen on",
                    id="listen-address-invalid",
                    remedy=remedy,
                )
            )
    if not options["gateway_addresses"]:
        found.append(
            Refusal("gateway_addresses", "is empty", id="option-empty", expected="one address at least: 127.0.0.1")
        )
    return found


def _numbers(options: Mapping[str, Any]) -> list[Refusal]:
    found = [
        Refusal(name, f"{options[name]} is out of bounds", id="number-out-of-bounds", expected=f"{least} to {most}")
        for name, (least, most) in NUMBERS.items()
        if not least <= int(options[name]) <= most
    ]
    if int(options["gateway_https_port"]) == int(options["gateway_metrics_port"]):
        found.append(
            Refusal(
                "gateway_metrics_port",
                "is gateway_https_port as well",
                id="port-chosen-twice",
                remedy="choose another one",
            )
        )
    return found


def listens(options: Mapping[str, Any]) -> list[str]:
    """Return where the gateway listens, as HAProxy's `bind` takes it.

    >>> listens({"gateway_addresses": ["192.0.2.10", "2001:db8::10"], "gateway_https_port": 443, …})
    ['192.0.2.10:443', '[2001:db8::10]:443']
    """
    port = int(options["gateway_https_port"])
    return [endpoint(address, port) for address in dict.fromkeys(options["gateway_addresses"])]


def spellings(name: str) -> list[str]:
    """Return how clients write a model's canonical name, in lower case, as the server takes it in any.

    >>> spellings("mistral:latest")
    ['mistral:latest', 'library/mistral:latest', 'registry.ollama.ai/library/mistral:latest', 'mistral', …]
    """
    name = name.lower()
    short = [name, name.removesuffix(":latest")]
    namespaced = "/" in name
    before = ("", REGISTRY) if namespaced else ("", LIBRARY, REGISTRY + LIBRARY)
    return list(dict.fromkeys(f"{prefix}{each}" for each in short for prefix in before))


def _each(hosts: Iterable[str], of: Callable[[str], Any], wrong: list[Refusal]) -> Iterable[Any]:
    for host in hosts:
        try:
            yield of(host)
        except Refusal as refusal:
            wrong.append(refusal)


def _llm(gateway: str, host: str, groups: Groups, option: Option) -> dict[str, Any]:
    refuse_closed(gateway, "gateway_hosts", host, "ollama_api_groups", groups, option)
    address = reached_at(gateway, host, "ollama_api_addresses", option)
    left_out = set(option(host, "left_out"))
    names = dict.fromkeys(canonical(_name(item)) for item in option(host, "ollama_models_names"))
    return {
        "name": host,
        "endpoint": endpoint(address, int(option(host, "ollama_api_port"))),
        "tls": server_name(host, address, "ollama_api_tls", option),
        "slots": int(option(host, "ollama_num_parallel")),
        "models": [name for name in names if name not in left_out],
    }


def _chat(gateway: str, host: str, groups: Groups, option: Option) -> dict[str, Any]:
    refuse_closed(gateway, "gateway_hosts", host, "open_webui_groups", groups, option)
    address = reached_at(gateway, host, "open_webui_addresses", option)
    takes_files = boolean(option(host, "open_webui_uploads"), strict=False)
    door = endpoint(address, int(option(host, "open_webui_port")))
    tls = server_name(host, address, "open_webui_tls", option)
    return {"name": host, "endpoint": door, "tls": tls, "takes_files": takes_files}


def _name(item: Any) -> str:
    return str(item["name"]) if isinstance(item, Mapping) else str(item)


def _models(hosts: list[dict[str, Any]], lock: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = sorted({name for host in hosts for name in host["models"]})
    having = {name: [host for host in hosts if name in host["models"]] for name in names}
    backends = _backends(names)
    digests = {name: lock["models"].get(name, {}).get("digest", "") for name in names}
    return [{"name": name, "digest": digests[name], "backend": backends[name], "hosts": having[name]} for name in names]


def _backends(names: Iterable[str]) -> dict[str, str]:
    """Return name -> a name that HAProxy takes for a backend, no two the same."""
    taken: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9:._-]", ".", name)
        while plain in taken.values():
            plain += "_"
        taken[name] = plain
    return taken
