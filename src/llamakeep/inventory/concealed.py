"""Values that nobody may read in a print, a record or an error message."""

from collections.abc import Callable
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import (
    REDACTED,
    SHORTEST,
    has_password,
    is_named_secret,
)
from pydantic import Secret

# What an inventory says of a key, and what opens nothing: when it was made, how long it lasts, how often it may ask.
_BESIDE_A_KEY = frozenset({"created", "until", "rate"})


def conceal(name: str, value: Any, vaulted: frozenset[str]) -> Any:
    """Return `value` with every secret in it as a Secret: by its name, its form, or its vault."""
    if isinstance(value, dict):
        inner = name if is_named_secret(name) else ""
        return {
            key: conceal(str(key) if key in _BESIDE_A_KEY else inner or str(key), held, vaulted)
            for key, held in value.items()
        }
    if isinstance(value, list):
        return [conceal(name, held, vaulted) for held in value]
    if value is None or value == "" or isinstance(value, bool):
        return value
    if is_named_secret(name) or has_password(str(value)) or _holds(str(value), vaulted):
        return Secret(value)
    return value


def _holds(text: str, vaulted: frozenset[str]) -> bool:
    """Tell whether `text` is, or contains, something that came out of a vault."""
    return text in vaulted or any(len(part) >= SHORTEST and part in text for part in vaulted)


def reveal(value: Any) -> Any:
    """Return `value` with its secrets in plain sight; for hashing and for the wire only."""
    return _mapped(value, lambda secret: secret.get_secret_value())


def redact(value: Any) -> Any:
    """Return `value` with its secrets struck out, for prints and records."""
    return _mapped(value, lambda _: REDACTED)


def _mapped(value: Any, change: Callable[[Secret[Any]], Any]) -> Any:
    if isinstance(value, Secret):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return value
