"""What is evaluated once for hosts that are alike in all that it asks for; worker only.

A thousand hosts of one group ask for the same thousand times, and each answer takes Ansible some milliseconds.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_NAME = re.compile(r"[A-Za-z_]\w*")
_TEMPLATE = re.compile(r"\{[{%]")
# A lookup sees every variable, and `vars` gives any of them by a name that is computed.
_ANYTHING = frozenset({"lookup", "query", "q", "vars", "varnames"})
_KEPT = 16  # answers to one question: as many kinds of hosts as a fleet is likely to have
_NONE = object()


class Alike[A]:
    """Answers to questions about hosts, each with the variables that it rests on."""

    def __init__(self) -> None:
        """Know nothing."""
        self._known: dict[str, deque[tuple[dict[str, Any], A]]] = {}

    def answer(self, question: str, sight: Mapping[str, Any], evaluate: Callable[[], A]) -> A:
        """Return what `evaluate` does, or what it did for a host that has the same in every variable asked for.

        `question` is a text in Jinja, `sight` what it sees, as written: templates in there are followed.
        """
        kept = self._known.setdefault(question, deque(maxlen=_KEPT))
        for rests_on, answer in kept:
            if all(_same(value, sight.get(name, _NONE)) for name, value in rests_on.items()):
                return answer
        answer = evaluate()
        rests_on = _reached(question, sight)
        if not _ANYTHING & rests_on.keys():
            kept.appendleft((rests_on, answer))
        return answer


def _reached(question: str, sight: Mapping[str, Any]) -> dict[str, Any]:
    """Return every name that a text may ask for, itself or by a variable's template, with what it is, if anything."""
    found: dict[str, Any] = {}
    waiting = set(_NAME.findall(question))
    while waiting:
        name = waiting.pop()
        found[name] = sight.get(name, _NONE)
        for text in _templates(found[name]):
            waiting |= set(_NAME.findall(text)) - found.keys()
    return found


def _templates(value: Any) -> Iterator[str]:
    """Return the texts in a value that Ansible would evaluate."""
    if isinstance(value, str):
        if _TEMPLATE.search(value):
            yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _templates(key)
            yield from _templates(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _templates(one)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal and of the same types: 1 is no True."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def of_task(task: Mapping[str, Any]) -> str:
    """Return a task as a text to ask by: what it calls its own variables is no call of `vars`."""
    return json.dumps({"own" if key == "vars" else key: value for key, value in task.items()}, default=str)
