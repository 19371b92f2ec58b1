"""A door that comes, in one line."""

from collections.abc import Iterable

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint

from llamakeep.inventory.door import Door
from llamakeep.plan.plan import Change


def door_change(door: Door, why: str) -> Change:
    """Return the change that brings a door, with where it listens and for whom.

    >>> door_change(Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.1",)), "no receipt").what
    'door ollama-api at 127.0.0.1:11434'
    """
    callers = f", open to {', '.join(door.groups)}{' by certificate' if door.mutual else ''}" if door.groups else ""
    callers += f", for {door.local_users}" if door.local_users else ""
    return Change(sign="+", what=f"door {door.name} at {places(door.at, door.port)}{callers}", why=why)


def places(addresses: Iterable[str], port: int) -> str:
    """Return where something listens.

    >>> places(("127.0.0.1", "2001:db8::7"), 8080)
    '127.0.0.1:8080, [2001:db8::7]:8080'
    """
    return ", ".join(endpoint(address, port) for address in addresses)
