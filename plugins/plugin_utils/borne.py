"""For which names a certificate stands, as clients take it."""

from __future__ import annotations

from collections.abc import Iterable


def lacking(borne: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return the wanted names that are not borne: by themselves, or by a star in place of their first label.

    >>> lacking(["*.example.org"], ["chat.example.org", "example.org"])
    ['example.org']
    """
    names = {name.lower() for name in borne}
    return [name for name in wanted if name.lower() not in names and f"*.{name.lower().partition('.')[2]}" not in names]
