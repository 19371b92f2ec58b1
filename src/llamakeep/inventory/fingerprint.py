"""The salted hash under which a receipt keeps the value of an input."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.receipt import input_hash

from llamakeep.inventory.concealed import reveal


def fingerprint(salt: str, value: Any) -> str:
    """Return the hash that the receipt has of a value; what is concealed in it counts as what it is.

    >>> len(fingerprint("00ff", ["mistral:7b"]))
    64
    """
    return input_hash(salt, reveal(value))
