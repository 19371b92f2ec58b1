"""A desktop on which every claim holds, and what can be wrong with one."""

from typing import Any

from healthy import KIT, connection, drift, evidence
from healthy_gateway import _receipt
from pydantic import Secret

from llamakeep.inventory.fleet import Host
from llamakeep.inventory.recorded import recorded
from llamakeep.services.chatbox.verified.host import ChatboxHost
from llamakeep.services.chatbox.wanted import WantedChatbox
from tables import services

KEY = "lk_" + "a" * 40
INPUTS: dict[str, Any] = {
    "chatbox_version": "1.20.0",
    "chatbox_users": [{"user": "ann", "client": "ann-desktop", "key": Secret(KEY), "model": "mistral:7b"}],
}
DESKTOP = WantedChatbox(
    version="1.20.0",
    users=("ann",),
    clients=("ann-desktop",),
    provider="llamakeep-example.org",
    url="https://api.example.org/v1",
    models={"mistral:7b": ("llm1",)},
)
FOLDER = {"path": "/home/ann/.config/xyz.chatboxapp.app", "owner": "ann", "mode": "0700"}
ANN: dict[str, Any] = {
    "user": "ann",
    "asks": True,
    "key": True,
    "models": ["mistral:7b"],
    "reports": False,
    "updates": False,
    "folder": FOLDER,
}
BROKEN_DESKTOP = [
    ("as_left", {"receipt": drift("link", "/opt/llamakeep/chatbox/current", "is another")}, "current: is another"),
    ("asks", {"asks": False}, "Chatbox of ann does not ask https://api.example.org/v1"),
    ("asks", {"models": []}, "does not know of mistral:7b"),
    ("asks", {"fault": "config.json: is no valid JSON"}, "Chatbox of ann: config.json: is no valid JSON"),
    ("key", {"key": False}, "has no key, or another one"),
    ("key", {"folder": FOLDER | {"mode": "0755"}}, "is of ann, mode 0755; expected: of ann, for him alone"),
    ("key", {"folder": FOLDER | {"owner": "bob"}}, "is of bob"),
    ("reports_nothing", {"reports": True}, "ann may report and track"),
    ("reports_nothing", {"updates": True}, "ann updates itself"),
]


def desktop_host(**more: Any) -> Host:
    given = {
        "name": "desk1",
        "groups": ("desktop_hosts",),
        "connection": connection("192.0.2.60"),
        "inputs": INPUTS,
    }
    return Host(services=services(chatbox=more.pop("chatbox", DESKTOP)), **(given | more))


def verified_chatbox(wanted: dict[str, Any] | None = None, **changes: Any) -> ChatboxHost:
    """Return the desktop with changes to what was seen of ann's Chatbox, or of its host."""
    of = DESKTOP.model_copy(update=wanted or {})
    inner = {name: value for name, value in changes.items() if name in ANN or name == "fault"}
    outer = {name: value for name, value in changes.items() if name not in inner}
    seen = {
        "units": {},
        "table": {"loaded": False, "detail": "", "rules": 0},
        "receipt": _receipt(recorded(INPUTS)),
        "services": {"chatbox": {"users": [ANN | inner] if of.users else []}},
    }
    host = desktop_host(chatbox=of)
    return ChatboxHost(host, host.must_have(WantedChatbox), evidence(**(seen | outer)), "nonce", KIT)
