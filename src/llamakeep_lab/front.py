"""What the inventory of a lab says of its chat and its gateway, as a user would."""

import secrets
from pathlib import Path

import yaml

from llamakeep import keys
from llamakeep.keys import file as keyfile

DOMAIN = "lab.example"
ADMIN = "admin@lab.example"
CLIENT = "chat1"  # the name under which the gateway knows the chat

_HEADER = """\
---
# What a user would write. It is yours to change; the next `llamakeep lab up` writes it anew.
"""
_ADDRESSES = "{}_addresses: \"{{{{ ['127.0.0.1'] + firewall_addresses }}}}\"\n"
_SECRETS = """\
---
# Made by `llamakeep lab up` and kept by the next one. A user would have these in a vault.
"""


def render(model: str, base: str) -> dict[str, str]:
    """Return the settings of both groups as text by relative path; `base` is the address of the lab's registry."""
    chat = {
        "open_webui_index": f"{base}/simple/",
        "open_webui_groups": ["gateway_hosts"],
        "open_webui_admin_email": ADMIN,
        "open_webui_default_model": model,
    }
    gateway = {"gateway_domain": DOMAIN}
    return {
        "group_vars/chat_hosts/chat.yml": _HEADER + _yaml(chat) + _ADDRESSES.format("open_webui"),
        "group_vars/gateway_hosts/gateway.yml": _HEADER + _yaml(gateway) + _ADDRESSES.format("gateway"),
    }


def hand_keys(inventory: Path) -> None:
    """Give the chat a key of its own to the gateway, and its administrator a password, unless they have them."""
    path = inventory / "group_vars" / "chat_hosts" / "secrets.yml"
    if path.exists() and CLIENT in keyfile.read(str(inventory)):
        return
    if CLIENT in keyfile.read(str(inventory)):
        keys.revoke(str(inventory), CLIENT)
    made = keys.add(str(inventory), CLIENT)
    secret = {
        "open_webui_backend_key": made.key.get_secret_value(),
        "open_webui_admin_password": secrets.token_urlsafe(12),
    }
    path.touch(mode=0o600)
    path.write_text(_SECRETS + _yaml(secret), encoding="utf-8")


def password(inventory: Path) -> str:
    """Return the password of the chat's first administrator."""
    text = (inventory / "group_vars" / "chat_hosts" / "secrets.yml").read_text(encoding="utf-8")
    return str(yaml.safe_load(text)["open_webui_admin_password"])


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=False, sort_keys=False, width=1 << 20)
