"""The lock: exactly what a rollout installs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamakeep.lock.move import Moves


def extend(inventory: str, upgrade: tuple[str, ...] = ()) -> "Moves":
    """Resolve what an inventory names and its lock lacks, and the names in `upgrade` anew; write the lock."""
    # Imported when it is called: it reads the inventory, and the inventory's records hold a lock.
    from llamakeep.lock.extension import extend as extended

    return extended(inventory, upgrade)
