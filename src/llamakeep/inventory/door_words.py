"""A door in words."""

from llamakeep.inventory.fleet import Door


def door_words(door: Door) -> str:
    """Return where a door listens, and for whom.

    >>> door_words(Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.1",)))
    '127.0.0.1:11434'
    """
    at = ", ".join(f"[{address}]" if ":" in address else address for address in door.at)
    reaches_out = any(address not in {"127.0.0.1", "::1", "localhost"} for address in door.at)
    callers = f" for {', '.join(door.groups)}" if door.groups and reaches_out else ""
    return f"{at}:{door.port}{callers}" if len(door.at) == 1 else f"{at} port {door.port}{callers}"
