"""How the server will use its memory: what `ollama_environment` says of it, read as the server reads it."""

from collections.abc import Mapping
from typing import Any, Literal

from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal

CacheType = Literal["f16", "q8_0", "q4_0"]

# Go's strconv.ParseBool; the server takes any other text for true.
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def expect_mapping(environment: Any, place: str) -> None:
    """Refuse a text, which Ansible takes for pairs and the role cannot use; it may hold a secret and is not shown."""
    if not isinstance(reveal(environment) or {}, dict):
        raise Refusal(
            place,
            "ollama_environment is no mapping",
            expected='a mapping, such as {OLLAMA_FLASH_ATTENTION: "1"}',
        )


def cache_type(environment: Mapping[str, Any]) -> CacheType:
    """Return the type of the KV cache; the server takes a name that it does not know for f16.

    >>> cache_type({"OLLAMA_KV_CACHE_TYPE": "q8_0"})
    'q8_0'
    """
    wanted = _text(environment, "OLLAMA_KV_CACHE_TYPE").lower()
    if wanted == "q8_0":
        return "q8_0"
    return "q4_0" if wanted == "q4_0" else "f16"


def flash_attention(environment: Mapping[str, Any]) -> bool | None:
    """Return whether flash attention is asked for; None: the server decides."""
    return _flag(environment, "OLLAMA_FLASH_ATTENTION")


def spread(environment: Mapping[str, Any]) -> bool:
    """Return whether every model is to lie on all GPUs."""
    return bool(_flag(environment, "OLLAMA_SCHED_SPREAD"))


def visible(environment: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the GPUs that the server may see, as indices or UUIDs; None: all.

    >>> visible({"CUDA_VISIBLE_DEVICES": "0,GPU-5f2c"}), visible({"CUDA_VISIBLE_DEVICES": "-1"}), visible({})
    (('0', 'GPU-5f2c'), (), None)
    """
    if "CUDA_VISIBLE_DEVICES" not in environment:
        return None
    named: list[str] = []
    for part in _text(environment, "CUDA_VISIBLE_DEVICES").split(","):
        if not part.strip() or part.strip().startswith("-"):
            break  # CUDA stops at the first one that is none
        named.append(part.strip())
    return tuple(named)


def _flag(environment: Mapping[str, Any], name: str) -> bool | None:
    said = _text(environment, name)
    return said not in _FALSE if said else None


def _text(environment: Mapping[str, Any], name: str) -> str:
    """Return a value as the server reads it: without blanks and quotes around it."""
    said = environment.get(name)
    return "" if said is None else str(said).strip().strip("'\"")
