"""Text from hosts and inventories, as a report may hold it: without control characters."""

import re

_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010fffd]")


def printable(text: str) -> str:
    """Return the text with every control character replaced, so that none reaches a terminal or a parser."""
    return _UNPRINTABLE.sub("\ufffd", text)
