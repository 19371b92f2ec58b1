"""Words that several services say of themselves in a table."""

from collections.abc import Sequence

NOTHING = "\N{EN DASH}"
_AT_MOST = 8  # names in one cell; --json has all of them


def names(every: Sequence[str]) -> str:
    """Return names for one cell; a dash where there are none.

    >>> names(("ann", "bob"))
    'ann, bob'
    """
    rest = f" and {len(every) - _AT_MOST} more" if len(every) > _AT_MOST else ""
    return f"{', '.join(every[:_AT_MOST])}{rest}" or NOTHING
