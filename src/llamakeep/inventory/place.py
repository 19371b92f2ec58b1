"""Where an inventory lies: a folder itself, or the folder of its file."""

from pathlib import Path

from llamakeep.errors import Refusal


def folder_of(inventory: str | Path) -> Path:
    """Return the folder in which an inventory has what belongs to it: group_vars, the lock, what the kit remembers.

    >>> folder_of("inventories/office"), folder_of("inventories/office/hosts.yml")
    (Path("inventories/office"), Path("inventories/office"))
    """
    path = Path(inventory)
    return path if path.is_dir() else path.parent


def refuse_missing(inventory: str) -> None:
    """Refuse an inventory that is not there."""
    if not Path(inventory).exists():
        raise Refusal(
            inventory,
            "there is no such inventory",
            id="inventory-missing",
            expected="a file or a folder",
            remedy="-i inventories/NAME",
        )
