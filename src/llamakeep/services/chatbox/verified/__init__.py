"""Chatbox's part in verify."""

import hashlib
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED

from llamakeep.inventory.concealed import reveal
from llamakeep.services.chatbox.verified.evidence import ChatboxEvidence
from llamakeep.services.chatbox.verified.host import ChatboxHost
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.verify.stage import Asking, Found, VerifiedStage

PROFILE = "xyz.chatboxapp.app"  # the maker's name for its folder in ~/.config


class Stage(VerifiedStage[WantedChatbox]):
    """What is looked at of each user's Chatbox, and how its claims see it."""

    kind = WantedChatbox
    evidence = ChatboxEvidence
    columns = ("chatbox",)
    hosts = {"chatbox_host": lambda *_: True}

    def request(self, asking: Asking, wanted: WantedChatbox) -> dict[str, Any]:
        """Return what the probe needs to look at a desktop; of a key it gets a salted hash."""
        users = reveal(asking.host.inputs.get("chatbox_users")) or []
        keys = {str(user["user"]): "".join(str(user.get("key") or "").split()) for user in users}
        return {
            "profile": PROFILE,
            "provider": wanted.provider,
            "address": wanted.url,
            "nonce": asking.nonce,
            "keys": {user: _hash(asking.nonce, keys.get(user, "")) for user in wanted.users},
        }

    def host(self, found: Found, wanted: WantedChatbox) -> ChatboxHost:
        """Return the desktop as the claims about Chatbox see it."""
        return ChatboxHost(found.host, wanted, found.seen, found.nonce, found.kit)


def _hash(nonce: str, key: str) -> str:
    """Return the salted hash of a key; empty where it is struck out, or where there is none."""
    return hashlib.sha256((nonce + key).encode()).hexdigest() if key and key != REDACTED else ""
