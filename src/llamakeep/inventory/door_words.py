"""A door in words."""

from collections.abc import Sequence

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import bracketed, is_loopback

from llamakeep.inventory.door import Door


def door_words(door: Door) -> str:
    """Return where a door listens, and for whom.

    >>> door_words(Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.1",)))
    '127.0.0.1:11434'
    """
    reaches_out = not all(map(is_loopback, door.at))
    callers = f" for {', '.join(door.groups)}" if door.groups and reaches_out else ""
    return f"{place_words(door.at, door.port)}{callers}"


def place_words(addresses: Sequence[str], port: int) -> str:
    """Return where something listens, its port once.

    >>> place_words(("127.0.0.1", "2001:db8::7"), 443)
    '127.0.0.1, [2001:db8::7] port 443'
    """
    at = ", ".join(map(bracketed, addresses))
    return f"{at}:{port}" if len(addresses) == 1 else f"{at} port {port}"
