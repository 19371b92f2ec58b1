"""On which day the first certificate between hosts would end, if nobody ran anything."""

from collections.abc import Iterable, Iterator
from datetime import datetime


def first_end(known: Iterable[tuple[str, datetime]]) -> Iterator[str]:
    """Return it in words; nothing where no host has one.

    >>> [*first_end([("llm1", datetime(2027, 11, 30)), ("llm2", datetime(2027, 12, 1))])]
    ['of the certificates between hosts the first ends on 2027-11-30: llm1']
    """
    ends = sorted((end, host) for host, end in known)
    if ends:
        yield f"of the certificates between hosts the first ends on {ends[0][0]:%Y-%m-%d}: {ends[0][1]}"
