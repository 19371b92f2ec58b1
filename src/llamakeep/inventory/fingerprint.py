"""The salted hash under which a receipt keeps the value of an input."""

import hashlib
import json
from typing import Any

from llamakeep.inventory.concealed import reveal


def fingerprint(salt: str, value: Any) -> str:
    """Return the hash that the action plugin `receipt` makes of the same value.

    >>> len(fingerprint("00ff", ["mistral:7b"]))
    64
    """
    text = json.dumps(reveal(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((salt + text).encode()).hexdigest()
