"""From which values a host is converged: every option of the roles that it gets, and what the lock says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.chatbox import tidy
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.kit import COLLECTION
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.options import read
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import roles_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import named

ROLES = COLLECTION / "roles"
MODELS = "ollama_models_names"
PLATFORMS = ("linux-amd64", "linux-arm64")
# They decide what a plan says, and leave no trace on a host: another value is no reason to converge it.
POLICY = frozenset(
    {
        "ollama_accepted_vulnerabilities",
        "ollama_minimum_vram",
        "ollama_require_accelerator",
        "open_webui_accepted_vulnerabilities",
    }
)

# Secrets of servers that others run; people may have chosen them.
SERVERS = ("open_webui_ldap_bind_password", "open_webui_oidc_client_secret", "open_webui_database_password")


@cache
def options() -> dict[str, Path]:
    """Return the name of every option, and the file that holds its default.

    >>> {"ollama_version": Path("roles/ollama/defaults/main.yml"), …}
    """
    return {name: option.defaults for name, option in read(ROLES).items()}


def concern(groups: Iterable[str]) -> frozenset[str]:
    """Return the names of the options by which a host of these groups is made.

    >>> concern(["gateway_hosts"])
    frozenset({'firewall_addresses', 'gateway_domain', …})
    """
    roles = roles_of(groups)
    return frozenset(name for name, defaults in options().items() if defaults.parents[1].name in roles)


def inputs(
    value: Callable[[str], Any], groups: Iterable[str], lock: dict[str, Any], left_out: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what a host of these groups is made from; `value` says what an option is in the play.

    Of `ollama_models_names` the names are kept: what to do with a misfit is policy, too. Of passwords nothing is.

    >>> {"ollama_version": "0.34.4", "lock:ollama": {"linux-amd64": {"url": "…", "sha256": "…", "size": 0}},
    ...  "lock:model:mistral:7b": "5f2c…", …}
    """
    found = {name: value(name) for name in sorted(concern(groups) - POLICY)}
    found |= stand_ins(found)
    return {**found, **pins(found, lock, left_out)} if "ollama_models_names" in found else found


def stand_ins(found: dict[str, Any]) -> dict[str, Any]:
    """Return of which options another value is kept than their own, and that value.

    >>> stand_ins({"ollama_models_names": [{"name": "mistral:7b", "on_misfit": "skip"}], "ollama_version": "0.34.4"})
    {"ollama_models_names": ["mistral:7b"]}
    """
    names = {MODELS: named(found[MODELS])} if MODELS in found else {}
    return {**names, **without_passwords(found), **{name: slow(found[name]) for name in SERVERS if found.get(name)}}


def pins(found: dict[str, Any], lock: dict[str, Any], left_out: Iterable[str] = ()) -> dict[str, Any]:
    """Return what the lock says of a host with models, under the names that the receipt gives it.

    >>> {"lock:ollama": {"linux-amd64": {"url": "…", "sha256": "…", "size": 0}}, "lock:model:mistral:7b": "5f2c…"}
    """
    models = dict.fromkeys(canonical(name) for name in named(found[MODELS]))
    brought = [name for name in models if name in lock["models"] and name not in set(left_out)]
    locked = {f"lock:model:{name}": lock["models"][name]["digest"] for name in brought}
    return {"lock:ollama": archives(found, lock), **locked}


def without_passwords(found: dict[str, Any]) -> dict[str, Any]:
    """Return the options that hold passwords without them: people choose those, and a hash would give them away.

    They count once, when somebody is added. The keys of desktops' users count whenever they change, by their hash: the
    kit makes them, and nobody guesses one.

    >>> without_passwords({"open_webui_users": [{"email": "ann@example.org", "password": "x"}]})
    {"open_webui_admin_password": False, "open_webui_users": [{"email": "ann@example.org"}]}
    """
    whole = {
        "chatbox_users": [_with_hash(user) for user in found.get("chatbox_users") or [] if isinstance(user, dict)],
        "open_webui_admin_password": bool(found.get("open_webui_admin_password")),
        "open_webui_users": _without(found.get("open_webui_users"), "password"),
    }
    return {name: value for name, value in whole.items() if name in found}


def _without(users: Any, secret: str) -> list[dict[str, Any]]:
    """Return what is said of users but for one part."""
    return [
        {key: part for key, part in user.items() if key != secret} for user in users or [] if isinstance(user, dict)
    ]


def _with_hash(user: dict[str, Any]) -> dict[str, Any]:
    """Return a desktop's user with the hash of his key."""
    key = tidy(user.get("key") or "")
    return {**user, "key": hashlib.sha256(key.encode()).hexdigest()} if key else user


def slow(secret: Any) -> str:
    """Return what stands for a secret whose change counts: too dear to be found by trying passwords."""
    return hashlib.scrypt(str(secret).encode(), salt=b"llamakeep", n=2**14, r=8, p=1).hex()


def archives(found: dict[str, Any], lock: dict[str, Any]) -> dict[str, Any]:
    """Return platform -> archive: the one that the inventory names, else the lock's, laid over the kit's own."""
    if found["ollama_archive_url"]:
        named = {"url": found["ollama_archive_url"], "sha256": found["ollama_archive_sha256"], "size": 0}
        return dict.fromkeys(PLATFORMS, named)
    text = (ROLES / "ollama" / "vars" / "releases.yml").read_text(encoding="utf-8")
    shipped = yaml.safe_load(text)["__ollama_releases"]
    version = str(found["ollama_version"])
    laid_over = {**shipped.get(version, {}), **lock["ollama"].get(version, {})}
    return {
        platform: {"url": archive["url"], "sha256": archive["sha256"], "size": int(archive.get("size") or 0)}
        for platform, archive in laid_over.items()
    }
