"""The link itself: a key that was compared with the inventory's hash of it, and where it opens."""

from datetime import UTC, date, datetime

from ansible_collections.llamakeep.fleet.plugins.plugin_utils import chatbox
from pydantic import SecretStr

from llamakeep.chatbox.linked import Linked
from llamakeep.chatbox.provider import Provider
from llamakeep.errors import Refusal
from llamakeep.keys import change, file
from llamakeep.keys.client import Client
from llamakeep.keys.key import fingerprint


def link(inventory: str, client: str, provider: Provider, key: SecretStr, today: date | None = None) -> Linked:
    """Return the link for a client, or refuse a key that is not this client's."""
    today = today or datetime.now(UTC).date()
    clients = file.read(inventory)
    tidy = SecretStr(chatbox.tidy(key.get_secret_value()))
    until = _checked(tidy, client, change.known(clients, client), clients, today)
    provided = {**provider.model_dump(include={"id", "name", "address", "models"}), "custom": True}
    return Linked(
        client=client,
        address=provider.address,
        models=provider.models,
        link=SecretStr(chatbox.link(provided, tidy.get_secret_value())),
        config=SecretStr(chatbox.config(provided, tidy.get_secret_value())),
        root=provider.root,
        until=until,
    )


def _checked(key: SecretStr, name: str, client: Client, clients: dict[str, Client], today: date) -> str:
    """Return until when a key opens, empty for one without an end; refuse one that does not open for this client."""
    text = key.get_secret_value()
    remedy = f"take another one, or make one: llamakeep chatbox-link --client {name} --rotate"
    if not text:
        raise Refusal("key", "is empty", id="key-empty", expected=f"the key of {name}", remedy=remedy)
    found = fingerprint(key) if text.isascii() else ""
    if found == client.sha256.lower():
        return ""
    previous = next((one for one in client.previous if one.sha256.lower() == found), None)
    if previous is not None and not previous.is_over(today):
        return previous.until
    if previous is not None:
        raise Refusal("key", f"was {name}'s, and opened until {previous.until}", id="key-expired", remedy=remedy)
    owner = next((other for other, one in clients.items() if found in one.hashes()), "")
    whose = f"is the key of {owner}, not of {name}" if owner else f"is not the key of {name}"
    raise Refusal(
        "key", whose, id="key-does-not-match", expected="the one whose sha256 the inventory has", remedy=remedy
    )
