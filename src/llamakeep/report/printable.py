"""Text from hosts and inventories, as a report may hold it: without control characters and without passwords."""

import re

_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010fffd]")

_PASSWORD_IN_URL = re.compile(r"""(://[^/\s:@"\\]*:)[^/\s@"\\]+@""")


def without_passwords(text: str) -> str:
    """Return the text, or JSON, with the password of every URL struck out.

    >>> without_passwords("http://kit:sample@proxy.example:3128")
    'http://kit:•••@proxy.example:3128'
    """
    return _PASSWORD_IN_URL.sub(r"\1•••@", text)


def printable(text: str) -> str:
    """Return the text with every control character replaced, so that none reaches a terminal or a parser."""
    return _UNPRINTABLE.sub("\ufffd", text)
