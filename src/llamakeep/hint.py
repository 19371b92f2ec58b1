"""What a person is told to type next: as the shell takes it."""

import shlex


def fleet(inventory: str, *, is_here: bool = False) -> str:
    """Return the words that name a fleet to a verb.

    >>> fleet("inventories/our office"), fleet("…", is_here=True)
    ("-i 'inventories/our office'", "--here")
    """
    return "--here" if is_here else f"-i {shlex.quote(inventory)}"
