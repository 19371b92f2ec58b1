"""The gateway on a terminal: where programs go, and whose keys."""

from datetime import date

from llamakeep.inventory.door_words import place_words
from llamakeep.inventory.words import names
from llamakeep.services.gateway.wanted.record import WantedGateway, WantedKey


def row(gateway: WantedGateway, today: date) -> tuple[str, ...]:
    """Return where it is, what it leads to, and the age of each key."""
    shown = "" if gateway.port == 443 else f":{gateway.port}"
    hosts = dict.fromkeys(host for having in gateway.models.values() for host in having)
    count = len(gateway.models)
    routes = f"{count} model{'' if count == 1 else 's'} on {names(tuple(hosts))}" if count else "no model"
    if gateway.chats:
        routes = f"{routes}; chat on {names(gateway.chats)}"
    keys = names([key_words(key, today) for key in gateway.keys])
    at = place_words(gateway.addresses, gateway.port)
    return f"https://api.{gateway.domain}{shown}", at, gateway.certificate, routes, keys


def key_words(key: WantedKey, today: date) -> str:
    """Return whose key it is and how old.

    >>> key_words(WantedKey(name="ann", created="2026-11-20"), date(2026, 11, 23))
    'ann (3 days)'
    """
    if key.until:
        return f"{key.name} (the old one, until {key.until})"
    try:
        days = (today - date.fromisoformat(key.created)).days
    except ValueError:
        return key.name
    return f"{key.name} ({days} day{'' if days == 1 else 's'})"
