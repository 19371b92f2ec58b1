"""What the Chatbox of one desktop should be, from its inputs and what it is configured with."""

from datetime import date
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, has_password
from pydantic import field_serializer

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.stage import Evaluated, WantedStage
from llamakeep.inventory.wanted import Wanted
from llamakeep.inventory.words import NOTHING, names
from llamakeep.record import Record

ASKED = "fleet:chats_at"  # whom it asks: what the collection works out of the gateway and its models


class Stale(Record):
    """A user whose key opens nothing any more, as the role would refuse it."""

    id: str  # "key-of-nobody"
    place: str  # "chatbox_users[0].key"
    found: str
    expected: str
    remedy: str


class WantedChatbox(Wanted):
    """What the Chatbox of one desktop should be."""

    version: str
    archive: str = ""  # chatbox_archive_url; empty: the maker's own
    users: tuple[str, ...] = ()  # who log in there
    clients: tuple[str, ...] = ()  # names of their keys
    provider: str = ""  # under which name Chatbox knows what it asks: "llamakeep-example.org"
    url: str = ""  # whom it asks: "https://api.example.org/v1"; empty: the inventory has nobody
    models: dict[str, tuple[str, ...]] = {}  # model -> names of the llm hosts that have it
    stale: tuple[Stale, ...] = ()

    @field_serializer("archive")
    def _without_password(self, archive: str) -> str:
        """Keep a password in a URL out of the record."""
        return REDACTED if has_password(archive) else archive


class Stage(WantedStage[WantedChatbox]):
    """Chatbox's part in the inventory."""

    record = WantedChatbox
    table = ("desktop", "chatbox", "models from", "users", "keys")

    def read(self, found: Evaluated) -> WantedChatbox:
        """Return what the inputs ask for; whom it asks is worked out by the collection."""
        plain, derived = reveal(found.inputs), found.derived
        users = [user for user in plain.get("chatbox_users") or () if isinstance(user, dict)]
        return WantedChatbox(
            managed=found.managed,
            version=str(plain["chatbox_version"]),
            archive=str(plain.get("chatbox_archive_url") or ""),
            users=tuple(str(user["user"]) for user in users),
            clients=tuple(str(user["client"]) for user in users if user.get("client")),
            provider=derived["id"],
            url=derived["address"],
            models={model: tuple(hosts) for model, hosts in derived["models"].items()},
            stale=tuple(Stale.model_validate(one) for one in derived["stale"]),
        )

    def row(self, wanted: WantedChatbox, _today: date) -> tuple[str, ...]:
        """Return whom it asks, and who uses it."""
        return wanted.version, wanted.url or NOTHING, names(wanted.users), names(wanted.clients)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return whom it asks, and how many models are there."""
        if name != ASKED or not isinstance(value, dict):
            return ""
        provider = value["provider"]
        return f"{provider.get('address', 'nobody')}, {len(provider.get('models', ()))} models"
