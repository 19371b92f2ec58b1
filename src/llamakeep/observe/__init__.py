"""What is: `look` asks every host of a fleet at once; `start` makes ready for it while the inventory is read."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamakeep.inventory.fleet import Fleet
    from llamakeep.observe.seen import Observation


def look(fleet: "Fleet") -> "Observation":
    """Return what every host of the fleet is now; those that cannot be reached say why."""
    # Imported when it is called: the worker process lives in this package and needs none of it.
    from llamakeep.observe.looking import look as looked

    return looked(fleet)


def start() -> None:
    """Start the process that will look: what it imports takes as long as to read an inventory."""
    from llamakeep.observe import ahead

    ahead.start()
