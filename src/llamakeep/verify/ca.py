"""The inventory's own CA, as a client of its gateways knows it."""

from pathlib import Path

from llamakeep.inventory.place import folder_of

_CERTIFICATE = Path(".ca") / "root.crt"


def root_of(inventory: str) -> str:
    """Return the root of the inventory's own CA as PEM; empty where it has none."""
    try:
        return (folder_of(inventory) / _CERTIFICATE).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
