"""What the Chatbox of one desktop should be, from its inputs and what it is told of the fleet."""

from typing import Any

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Stale, WantedDesktop


def desktop(inputs: dict[str, Any], told: dict[str, Any]) -> WantedDesktop:
    """Return what the inputs ask for; `told` is whom it asks, as the collection works it out.

    >>> desktop(inputs, {"id": "llamakeep-example.org", "address": "https://api.…", "models": {…}, "stale": []})
    WantedDesktop(version='1.20.0', users=('ann',), clients=('ann-desktop',), …)
    """
    plain = reveal(inputs)
    users = [user for user in plain.get("chatbox_users") or () if isinstance(user, dict)]
    return WantedDesktop(
        version=str(plain["chatbox_version"]),
        archive=str(plain.get("chatbox_archive_url") or ""),
        users=tuple(str(user["user"]) for user in users),
        clients=tuple(str(user["client"]) for user in users if user.get("client")),
        provider=told.get("id", ""),
        url=told.get("address", ""),
        models={model: tuple(hosts) for model, hosts in told["models"].items()},
        stale=tuple(Stale(**one) for one in told["stale"]),
    )
