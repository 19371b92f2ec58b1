"""The chats, the gateways and the desktops of a fleet on a terminal: where people and programs go, and whose keys."""

from collections.abc import Iterable, Sequence
from datetime import date

from rich.table import Table
from rich.text import Text

from llamakeep.inventory.door_words import door_words, place_words
from llamakeep.inventory.fleet import Host
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted import WantedGateway, WantedKey
from llamakeep.services.open_webui.wanted import WantedOpenWebui

NOTHING = "\N{EN DASH}"
_AT_MOST = 8  # names in one cell; --json has all of them


def chats(hosts: Iterable[Host]) -> Table:
    """Return one row for each chat."""
    table = _table("chat", "open webui", "people go to", "door", "asks", "users")
    for host in hosts:
        if (wanted := host.service(WantedOpenWebui)) is not None:
            table.add_row(Text(host.name, style="bold"), *map(Text, _chat(wanted)))
    return table


def gateways(hosts: Iterable[Host], today: date) -> Table:
    """Return one row for each gateway, with the age of each key."""
    table = _table("gateway", "programs go to", "at", "certificate", "leads to", "keys")
    for host in hosts:
        if (wanted := host.service(WantedGateway)) is not None:
            table.add_row(Text(host.name, style="bold"), *map(Text, _gateway(wanted, today)))
    return table


def desktops(hosts: Iterable[Host]) -> Table:
    """Return one row for each desktop."""
    table = _table("desktop", "chatbox", "asks", "users", "keys")
    for host in hosts:
        if (wanted := host.service(WantedChatbox)) is not None:
            table.add_row(Text(host.name, style="bold"), *map(Text, _desktop(wanted)))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0)
    return table


def _chat(chat: WantedOpenWebui) -> tuple[str, ...]:
    version = chat.version if chat.variant == "slim" else f"{chat.version} ({chat.variant})"
    asks = f"{chat.sealed_with}, in its seal" if chat.sealed_with else chat.backend
    return version, chat.url, door_words(chat.door), asks, _names(chat.users) or NOTHING


def _desktop(desktop: WantedChatbox) -> tuple[str, ...]:
    names = _names(desktop.users) or NOTHING, _names(desktop.clients) or NOTHING
    return desktop.version, desktop.url or NOTHING, *names


def _gateway(gateway: WantedGateway, today: date) -> tuple[str, ...]:
    shown = "" if gateway.port == 443 else f":{gateway.port}"
    hosts = dict.fromkeys(host for names in gateway.models.values() for host in names)
    count = len(gateway.models)
    leads = f"{count} model{'' if count == 1 else 's'} on {_names(tuple(hosts))}" if count else "no model"
    if gateway.chats:
        leads = f"{leads}; chat on {_names(gateway.chats)}"
    keys = _names([key_words(key, today) for key in gateway.keys]) or NOTHING
    at = place_words(gateway.addresses, gateway.port)
    return f"https://api.{gateway.domain}{shown}", at, gateway.certificate, leads, keys


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


def _names(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _AT_MOST} more" if len(names) > _AT_MOST else ""
    return f"{', '.join(names[:_AT_MOST])}{rest}"
