"""What a model is asked, so that an answer proves something."""

from collections.abc import Iterable
from typing import Any

from llamakeep.lock.lock import LockedModel

_KNOWN = {"smollm2:135m": ("What is the capital of France?", "Paris", 24)}  # tokens within which it says so
_ANY = ("Say hello in one short sentence.", "", 16)


def expected_of(model: str) -> str:
    """Return the word that the answer of a model must hold; "" where any answer will do.

    >>> "Paris"
    """
    return _KNOWN.get(model, _ANY)[1]


def in_order(models: Iterable[LockedModel]) -> list[dict[str, Any]]:
    """Return the question for each model, those with a known answer first, then by size.

    >>> [{"model": "smollm2:135m", "question": "What is the capital of France?", "tokens": 24}]
    """
    order = sorted(models, key=lambda model: (model.name not in _KNOWN, model.size, model.name))
    found = []
    for model in order:
        question, _, tokens = _KNOWN.get(model.name, _ANY)
        found.append({"model": model.name, "question": question, "tokens": tokens})
    return found
