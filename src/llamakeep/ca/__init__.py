"""The internal CA, on the operator's side: its root is shown, and renewed."""

from pathlib import Path

from llamakeep.ca import domains, keeping
from llamakeep.ca.root import Root

__all__ = ["renew", "show"]


def show(inventory: str) -> Root:
    """Return the root of an inventory; it is made where there is none."""
    return keeping.obtain(_folder(inventory), lambda: domains.of(inventory))


def renew(inventory: str, *, new_key: bool = False) -> Root:
    """Return a root that begins today, with the key of the present one or with another."""
    return keeping.renew(_folder(inventory), domains.of(inventory), new_key=new_key)


def _folder(inventory: str) -> Path:
    """Return the inventory's own folder."""
    from llamakeep.keys.file import folder_of

    return folder_of(inventory)
