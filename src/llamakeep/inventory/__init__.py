"""What we want: `load` and `choose` read an inventory into a Fleet, once."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamakeep.inventory.fleet import Fleet


def load(inventory: str | Path, limit: str | None = None, *, pinned: bool = True, meanwhile: str = "") -> "Fleet":
    """Return the fleet that an inventory describes; raises Refusal with everything that is wrong.

    `limit` is a pattern as for `ansible-playbook --limit`, `meanwhile` a module that is imported while Ansible reads.
    """
    # Imported when it is called: Ansible's worker process lives in this package and needs none of it.
    from llamakeep.inventory.asked import Asked

    asked = Asked(str(inventory), limit, whole=pinned)
    from llamakeep.inventory.loading import load as loaded  # takes its time: Ansible reads meanwhile

    if meanwhile:
        importlib.import_module(meanwhile)

    return loaded(str(inventory), asked, pinned=pinned)


def choose(inventory: str | Path, limit: str | None) -> "tuple[Fleet, frozenset[str]]":
    """Return the whole fleet, and the names of its hosts that `limit` selects: every one without it."""
    from llamakeep.inventory.asked import Asked

    asked = Asked(str(inventory), limit, whole=True)
    from llamakeep.inventory.loading import choose as chosen

    return chosen(str(inventory), asked)
