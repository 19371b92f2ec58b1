"""Names of models: one canonical form, whatever people write."""

from __future__ import annotations

import re

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

UPSTREAM = "https://registry.ollama.ai"

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_NAME = re.compile(rf"(?P<path>{_PART}(?:/{_PART})?)(?::(?P<tag>{_PART}))?")


def canonical(name: str, place: str = "ollama_models_names") -> str:
    """Return `name:tag` without what every name shares: the upstream registry, and `library/`.

    >>> canonical("registry.ollama.ai/library/mistral")
    'mistral:latest'

    Raises Refusal where it is no name of a model; one with a blank, wherever it stands, is none.
    """
    short = listed(name)
    if _NAME.fullmatch(short) is None:
        remedy = "for a model of another registry, name its address in ollama_models_sources"
        raise Refusal(
            place,
            f"{name!r} is no name of a model",
            id="not-a-model-name",
            expected="[namespace/]model[:tag], such as mistral:7b",
            remedy="write it without blanks" if re.search(r"\s", name) else remedy,
        )
    return short


def listed(name: str) -> str:
    """Return any name as a server lists it, also one that the kit could not bring.

    >>> listed("library/mistral:7b"), listed("hf.co/someone/model")
    ('mistral:7b', 'hf.co/someone/model:latest')
    """
    short = name.removeprefix("registry.ollama.ai/").removeprefix("library/")
    return short if ":" in short.rpartition("/")[2] else f"{short}:latest"


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
