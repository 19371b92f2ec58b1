"""The environment of a process, without what is secret in it."""

from collections.abc import Iterable

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, is_named_secret, without_passwords


def in_force(lines: Iterable[str]) -> dict[str, str]:
    """Return name -> value; what may be a secret by its name, and a password in an address, is struck out.

    >>> in_force(["OLLAMA_NUM_PARALLEL=1", "OLLAMA_API_KEY=sample", "OLLAMA_HOST=http://ann:sample@192.0.2.7"])
    {'OLLAMA_API_KEY': '(redacted)', 'OLLAMA_HOST': 'http://•••@192.0.2.7', 'OLLAMA_NUM_PARALLEL': '1'}
    """
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    return {
        name: REDACTED if value and is_named_secret(name) else without_passwords(value) for name, value in sorted(pairs)
    }
