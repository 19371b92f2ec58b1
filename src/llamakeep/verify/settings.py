"""The environment that the server should run with, by the names that Ollama reads."""

import hashlib
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED

from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Host
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.verify.evidence import Unjudged

# Settings that the roles write from their options: no secrets, so evidence shows them as they are.
_FROM_OPTIONS = {
    "OLLAMA_KEEP_ALIVE": "ollama_keep_alive",
    "OLLAMA_NUM_PARALLEL": "ollama_num_parallel",
    "OLLAMA_MAX_LOADED_MODELS": "ollama_max_loaded_models",
}
# Each of these would open the service, have it write prompts to disk, or bring foreign code into it.
_NEVER = (
    "OLLAMA_ORIGINS",
    "OLLAMA_REMOTES",
    "OLLAMA_DEBUG_LOG_REQUESTS",
    "OLLAMA_DEBUG",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
)
PLAIN = ("OLLAMA_CONTEXT_LENGTH", "OLLAMA_NO_CLOUD", "OLLAMA_MODELS", "OLLAMA_HOST", *_FROM_OPTIONS, *_NEVER)
_SEALED_PORT = 11434  # where a sealed server listens, whatever port its door has
_LEAVES_OUT_ZERO = {"OLLAMA_MAX_LOADED_MODELS"}  # 0 means "as many as fit", as does its absence


def plain(host: Host, wanted: WantedOllama) -> dict[str, str]:
    """Return the settings whose values may be shown.

    >>> {"OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_KEEP_ALIVE": "5m"}
    """
    port = _SEALED_PORT if wanted.sealed else wanted.door.port + 1  # unsealed it stands beside its door
    found = {
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_CONTEXT_LENGTH": str(wanted.context_length),
        "OLLAMA_NO_CLOUD": "1",
        "OLLAMA_MODELS": wanted.store,
    }
    for name, option in _FROM_OPTIONS.items():
        if host.inputs.get(option) is not None:
            found[name] = str(host.inputs[option])
    return found


def private(host: Host) -> dict[str, Any]:
    """Return the further variables of the inventory: their values never leave a host, only salted hashes do."""
    more: dict[str, Any] = reveal(host.inputs.get("ollama_environment") or {})
    return {name: value for name, value in more.items() if name not in PLAIN}


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
            raise Unjudged(f"the value of {name} is struck out in this record")
        hashes = {hashlib.sha256((nonce + text).encode()).hexdigest() for text in _written(value)}
        if seen.get(name) not in hashes:
            found.append(f"{name} is {'another value' if name in seen else 'not set'}, expected that of the inventory")
    return found


def _written(value: Any) -> set[str]:
    """Return the forms in which a template may write a value."""
    return {str(value), str(value).lower(), str(int(value))} if isinstance(value, bool) else {str(value)}
