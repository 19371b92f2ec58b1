"""The lock: exactly what a rollout installs."""

from typing import TYPE_CHECKING

from llamakeep.lock.file import path_for, read, read_own, write

if TYPE_CHECKING:
    from llamakeep.lock.move import Moves

__all__ = ["extend", "path_for", "read", "read_own", "write"]


def extend(inventory: str, upgrade: tuple[str, ...] = ()) -> "Moves":
    """Resolve what an inventory names and its lock lacks, and the names in `upgrade` anew; write the lock."""
    # Imported when it is called: it reads the inventory, and the inventory's records hold a lock.
    from llamakeep.lock.extension import extend as extended

    return extended(inventory, upgrade)
