"""Names of models: one canonical form, whatever people write."""

import re

from llamakeep.errors import Refusal

UPSTREAM = "https://registry.ollama.ai"

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_NAME = re.compile(rf"(?P<path>{_PART}(?:/{_PART})?)(?::(?P<tag>{_PART}))?")


def canonical(name: str, place: str = "ollama_models_names") -> str:
    """Return `name:tag` without what every name shares: the upstream registry, and `library/`.

    >>> canonical("registry.ollama.ai/library/mistral")
    'mistral:latest'

    Raises Refusal where it is no name of a model.
    """
    short = name.removeprefix("registry.ollama.ai/").removeprefix("library/")
    match = _NAME.fullmatch(short)
    if match is None:
        raise Refusal(
            place,
            f"{name!r} is no name of a model",
            expected="[namespace/]model[:tag], such as mistral:7b",
            remedy="for a model of another registry, name its address in ollama_models_sources",
        )
    return f"{match['path']}:{match['tag'] or 'latest'}"


def family(name: str) -> str:
    """Return a canonical name without its tag.

    >>> family("mistral:7b")
    'mistral'
    """
    return name.rpartition(":")[0]


def tag(name: str) -> str:
    """Return the tag of a canonical name."""
    return name.rpartition(":")[2]


def path(name: str) -> str:
    """Return the path of a canonical name at a registry.

    >>> path("mistral:7b")
    'library/mistral'
    """
    return family(name) if "/" in family(name) else f"library/{family(name)}"
