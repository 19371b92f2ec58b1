"""What we want: `load` reads an inventory into a Fleet."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamakeep.inventory.fleet import Fleet


def load(inventory: str | Path, limit: str | None = None, *, pinned: bool = True) -> "Fleet":
    """Return the fleet that an inventory describes; raises Refusal with everything that is wrong."""
    # Imported when it is called: Ansible's worker process lives in this package and needs none of it.
    from llamakeep.inventory.loading import load as loaded

    return loaded(str(inventory), limit, pinned=pinned)
