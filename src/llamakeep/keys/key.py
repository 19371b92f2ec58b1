"""A client's key: made here, shown once, and known ever after by its hash alone."""

import hashlib
import secrets

from pydantic import SecretStr

_PREFIX = "lk_"  # so that people, and programs that look for leaked secrets, know what it is
_ENTROPY = 30  # bytes; 40 characters


def make() -> SecretStr:
    """Return a new key; it prints as redacted.

    >>> make().get_secret_value()
    'lk_0b9-Ys…'  # 43 characters, all of which may stand in a URL, a header and a shell
    """
    return SecretStr(_PREFIX + secrets.token_urlsafe(_ENTROPY))


def fingerprint(key: SecretStr) -> str:
    """Return the hash by which the gateway knows a key.

    A key is 240 bits of chance: a plain hash of it cannot be guessed back, and needs neither salt nor time.
    """
    return hashlib.sha256(key.get_secret_value().encode("ascii")).hexdigest()
