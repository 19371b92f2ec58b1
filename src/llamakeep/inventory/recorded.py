"""What a receipt keeps of a host's inputs: what the host was made from, and nothing of what was only judged."""

import hashlib
from typing import Any

from llamakeep.inventory.concealed import reveal

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


def recorded(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs as the action plugin `receipt` keeps them.

    >>> recorded({"ollama_models_names": [{"name": "mistral:7b", "on_misfit": "skip"}], "ollama_minimum_vram": "8 GB"})
    {'ollama_models_names': ['mistral:7b']}
    """
    kept = {name: value for name, value in inputs.items() if name not in POLICY}
    if "ollama_models_names" in kept:
        kept["ollama_models_names"] = [_name(item) for item in reveal(kept["ollama_models_names"]) or ()]
    # The root of the internal CA is made by the first converge: before it there is nothing to compare.
    if not kept.get("fleet:root", "there is none"):
        del kept["fleet:root"]
    plain = reveal(kept)
    secrets = {name: _slow(plain[name]) for name in SERVERS if plain.get(name)}
    return {**kept, **_without_passwords(plain), **secrets}


def _without_passwords(found: dict[str, Any]) -> dict[str, Any]:
    """Return the options that hold passwords without them: people choose those, and a hash would give them away."""
    whole = {
        "open_webui_admin_password": bool(found.get("open_webui_admin_password")),
        "open_webui_users": _without(found.get("open_webui_users"), "password"),
        "chatbox_users": [_with_hash(user) for user in found.get("chatbox_users") or [] if isinstance(user, dict)],
    }
    return {name: value for name, value in whole.items() if name in found}


def _without(users: Any, secret: str) -> list[dict[str, Any]]:
    """Return what is said of users but for one part."""
    return [
        {key: part for key, part in user.items() if key != secret} for user in users or [] if isinstance(user, dict)
    ]


def _with_hash(user: dict[str, Any]) -> dict[str, Any]:
    """Return a desktop's user with the hash of his key: the kit makes keys, and nobody guesses one."""
    key = "".join(str(user.get("key") or "").split())
    return {**user, "key": hashlib.sha256(key.encode()).hexdigest()} if key else user


def _slow(secret: str) -> str:
    """Return what stands for a secret whose change counts: too dear to be found by trying passwords."""
    return hashlib.scrypt(str(secret).encode(), salt=b"llamakeep", n=2**14, r=8, p=1).hex()


def _name(item: Any) -> Any:
    return item["name"] if isinstance(item, dict) else item
