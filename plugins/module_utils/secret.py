"""Names that say "secret", URLs that carry one, and the strings inside of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

REDACTED = "(redacted)"
SHORTEST = 4  # characters; a shorter vaulted value is only recognised where it stands alone

_WORD = re.compile(r"passwords?|passwd|passphrases?|secrets?|keys?|tokens?|credentials?")

USER_IN_URL = re.compile(r"""(?<=://)[^/?#\s"]+(?=@)""")
SECRET_IN_QUERY = re.compile(
    r"""([?&][^=&#\s"]*(?:signature|token|key|sig|secret|password)=)([^&#\s"]+)""", re.IGNORECASE
)


def has_password(text: str) -> bool:
    """Tell whether a text holds a URL with a user, a password or a token in it.

    >>> has_password("http://kit:topsecret@proxy.example:3128"), has_password("http://proxy.example:3128")
    (True, False)
    """
    return USER_IN_URL.search(text) is not None or SECRET_IN_QUERY.search(text) is not None


def without_passwords(text: str) -> str:
    """Return a text with the user and the secret parameters of every URL struck out.

    >>> without_passwords("http://kit:sample@proxy.example:3128/?sig=ab12&v=1")
    'http://•••@proxy.example:3128/?sig=•••&v=1'
    """
    return SECRET_IN_QUERY.sub(r"\1•••", USER_IN_URL.sub("•••", text))


def is_named_secret(name: str) -> bool:
    """Tell whether a name says that its value is a secret.

    >>> is_named_secret("OLLAMA_API_KEY"), is_named_secret("ollama_keep_alive")
    (True, False)
    """
    return any(_WORD.fullmatch(word) for word in re.split(r"[^a-z]+", name.lower()))


def strings_of(value: Any) -> Iterator[str]:
    """Return every string inside `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)
