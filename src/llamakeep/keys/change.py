"""What a verb makes of the clients: pure, from one mapping of them to the next."""

import difflib
from collections.abc import Mapping
from datetime import date, timedelta

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.clients import NAME

from llamakeep.errors import Refusal
from llamakeep.keys.client import Client, Previous

Clients = Mapping[str, Client]


def add(clients: Clients, name: str, sha256: str, today: date, rate: int | None = None) -> dict[str, Client]:
    """Return the clients with a new one among them."""
    if not NAME.fullmatch(name):
        # A key that was pasted in place of a name must not be printed either.
        raise Refusal(
            "NAME",
            "that is no name for a client",
            id="client-name-invalid",
            expected="letters, digits and . _ -, 63 at most, such as office-bot",
        )
    if looks_like_a_key(name):
        raise Refusal(
            "NAME",
            "that looks like a key",
            id="key-in-place-of-name",
            expected="the name of a client, such as office-bot",
        )
    if name in clients:
        remedy = f"another name, or a new key for it: llamakeep key rotate {name}"
        raise Refusal(name, f"has a key already, of {clients[name].created}", id="client-exists", remedy=remedy)
    return {**clients, name: Client(sha256=sha256, created=today.isoformat(), rate=rate)}


def rotate(clients: Clients, name: str, sha256: str, today: date, grace: int = 0) -> dict[str, Client]:
    """Return the clients with another key for one of them.

    Without grace every key that it had is void. With it the one that was in force opens for so many days more,
    and those before it until the days that they were given.
    """
    client = known(clients, name)
    kept: tuple[Previous, ...] = ()
    if grace:
        until = (today + timedelta(days=grace)).isoformat()
        still = tuple(one for one in client.previous if not one.is_over(today))
        kept = (Previous(sha256=client.sha256, until=until), *still)
    changed = {"sha256": sha256, "created": today.isoformat(), "previous": kept}
    return {**clients, name: client.model_copy(update=changed)}


def revoke(clients: Clients, name: str) -> dict[str, Client]:
    """Return the clients without one of them."""
    known(clients, name)
    return {other: client for other, client in clients.items() if other != name}


def known(clients: Clients, name: str) -> Client:
    """Return the client of that name, or refuse it with the nearest one."""
    if name in clients:
        return clients[name]
    if looks_like_a_key(name):
        raise Refusal(
            "NAME",
            "that looks like a key",
            id="key-in-place-of-name",
            expected="the name of a client: llamakeep key list",
        )
    near = difflib.get_close_matches(name, clients, n=1, cutoff=0.5)
    others = f"the clients: {', '.join(sorted(clients)[:10])}" if clients else f"llamakeep key add {name}"
    raise Refusal(
        name, "no client has this name", id="client-unknown", remedy=f"did you mean {near[0]}?" if near else others
    )


def looks_like_a_key(name: str) -> bool:
    """Tell whether somebody gave a key where its client's name belongs: it is not said back to him."""
    return name.startswith("lk_") and len(name) > 20
