"""What is asked of a desktop: whether each user's Chatbox is set as it should be."""

import hashlib
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Host
from llamakeep.services.chatbox.wanted import WantedChatbox

PROFILE = "xyz.chatboxapp.app"  # the maker's name for its folder in ~/.config


def of(host: Host, wanted: WantedChatbox, nonce: str) -> dict[str, Any]:
    """Return what the probe needs to look at a desktop; of a key it gets a salted hash."""
    users = reveal(host.inputs.get("chatbox_users")) or []
    keys = {str(user["user"]): "".join(str(user.get("key") or "").split()) for user in users}
    return {
        "profile": PROFILE,
        "provider": wanted.provider,
        "address": wanted.url,
        "nonce": nonce,
        "keys": {user: _hash(nonce, keys.get(user, "")) for user in wanted.users},
    }


def _hash(nonce: str, key: str) -> str:
    """Return the salted hash of a key; empty where it is struck out, or where there is none."""
    return hashlib.sha256((nonce + key).encode()).hexdigest() if key and key != REDACTED else ""
