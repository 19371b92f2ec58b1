"""The environment that the server should run with, by the names that Ollama reads."""

import hashlib
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Host
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.verify.evidence import NotChecked

# Each of these would open the service, have it write prompts to disk, or bring foreign code into it.
_NEVER = (
    "OLLAMA_ORIGINS",
    "OLLAMA_REMOTES",
    "OLLAMA_DEBUG_LOG_REQUESTS",
    "OLLAMA_DEBUG",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
)
_HOME = "HOME"  # of the account, not a setting of the server
_LEAVES_OUT_ZERO = {"OLLAMA_MAX_LOADED_MODELS"}  # 0 means "as many as fit", as does its absence


def shown(host: Host, wanted: WantedOllama) -> tuple[str, ...]:
    """Return the names whose values may be shown: what the role pins, and what must not be there at all."""
    return (*plain(host, wanted), *_NEVER)


def plain(host: Host, wanted: WantedOllama) -> dict[str, str]:
    """Return the settings that the role pins; what the inventory adds to them is private.

    >>> {"OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_KEEP_ALIVE": "5m"}
    """
    added = reveal(host.inputs.get("ollama_environment") or {})
    return {name: value for name, value in wanted.managed.environment.items() if name not in {*added, _HOME}}


def private(host: Host) -> dict[str, Any]:
    """Return the further variables of the inventory: their values never leave a host, only salted hashes do."""
    more: dict[str, Any] = reveal(host.inputs.get("ollama_environment") or {})
    return {name: value for name, value in more.items() if name not in _NEVER}


def differences(host: Host, wanted: WantedOllama, seen: dict[str, str], nonce: str) -> list[str]:
    """Return what the running server's environment has otherwise than wanted.

    >>> ["OLLAMA_CONTEXT_LENGTH is 4096, expected 8192"]
    """
    found = [f"{name} is set, expected not" for name in _NEVER if name in seen]
    for name, value in plain(host, wanted).items():
        if seen.get(name) != value and not (name in _LEAVES_OUT_ZERO and value == "0" and name not in seen):
            found.append(f"{name} is {seen.get(name, 'not set')}, expected {value}")
    for name, value in private(host).items():
        if value == REDACTED:
            raise NotChecked(f"the value of {name} is struck out in this record")
        hashes = {hashlib.sha256((nonce + text).encode()).hexdigest() for text in _written(value)}
        if seen.get(name) not in hashes:
            found.append(f"{name} is {'another value' if name in seen else 'not set'}, expected that of the inventory")
    return found


def _written(value: Any) -> set[str]:
    """Return the forms in which a template may write a value."""
    return {str(value), str(value).lower(), str(int(value))} if isinstance(value, bool) else {str(value)}
