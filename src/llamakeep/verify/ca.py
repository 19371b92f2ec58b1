"""The inventory's own CA, as a client of its gateways knows it."""

from pathlib import Path

_CERTIFICATE = Path(".ca") / "root.crt"


def root_of(inventory: str) -> str:
    """Return the root of the inventory's own CA as PEM; empty where it has none."""
    path = Path(inventory)
    try:
        return ((path if path.is_dir() else path.parent) / _CERTIFICATE).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
