"""What the Open WebUI of one chat host should be, from its inputs and what its role makes of them."""

from collections.abc import Callable
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.acceptance import accepted
from llamakeep.inventory.concealed import redact, reveal
from llamakeep.inventory.fleet import Door, WantedChat

ACCEPTED = "open_webui_accepted_vulnerabilities"
USERS = "open_webui_users"
PRODUCT = "open-webui"


def chat(inputs: dict[str, Any], reckoned: dict[str, Any], sources: tuple[str, ...]) -> WantedChat:
    """Return what the inputs ask for; `reckoned` is what the role makes of them, `sources` who may knock.

    >>> chat(inputs, {"url": "https://chat.example.org", "joins": False, "backend": "192.0.2.11:11434"}, ())
    WantedChat(version='0.12.4', …)
    """
    plain = reveal(inputs)
    return WantedChat(
        version=str(plain["open_webui_version"]),
        variant=str(plain.get("open_webui_variant") or "slim"),
        door=Door(
            name="open-webui-web",
            into="open-webui.service",
            port=int(plain["open_webui_port"]),
            at=tuple(plain["open_webui_addresses"]),
            groups=tuple(plain["open_webui_groups"]),
            sources=sources,
        ),
        url=reckoned["url"],
        data=plain["open_webui_data"],
        sealed_with="ollama.service" if reckoned["joins"] else "",
        backend=reckoned["backend"],
        users=tuple(str(user["email"]) for user in plain.get(USERS) or ()),
        accepted=_accepted(inputs),
    )


def unreadable(inputs: dict[str, Any], place: Callable[[str], str]) -> list[Refusal]:
    """Refuse values of the right type that mean nothing; `place` says where an option is written."""
    problems: list[Refusal] = [*_twice(inputs.get(USERS), place(USERS))]
    try:
        _accepted(inputs, place(ACCEPTED))
    except Refusal as refusal:
        problems += refusal.all
    return problems


def _accepted(inputs: dict[str, Any], place: str = ACCEPTED) -> dict[str, str]:
    return accepted(inputs.get(ACCEPTED) or {}, place, ACCEPTED, PRODUCT)


def _twice(users: Any, place: str) -> list[Refusal]:
    """Refuse two entries of one person: which of them counts would be chance."""
    shown = [str(user.get("email", "")) for user in redact(users) or () if isinstance(user, dict)]
    plain = [str(user.get("email", "")).lower() for user in reveal(users) or () if isinstance(user, dict)]
    return [
        Refusal(place, f"{USERS} names {shown[number]} twice", expected="each person once", remedy="remove one of them")
        for number, email in enumerate(plain)
        if email and email in plain[:number]
    ]
