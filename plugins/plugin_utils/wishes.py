"""The models that `ollama_models_names` asks for: each a name, and what to do on a host where it does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, refuse

OPTION = "ollama_models_names"
# Host to the names that its plan leaves out; `llamakeep up` hands it over, a play alone has none.
LEFT_OUT = "__ollama_models_left_out"

OnMisfit = Literal["fail", "warn", "skip"]

_KEYS = ("name", "on_misfit")
_EXPECTED = "a name such as mistral:7b, or {name: mistral:7b, on_misfit: fail|warn|skip}"


class Wish(NamedTuple):
    """One item of `ollama_models_names`."""

    name: str  # canonical, "mistral:7b"
    on_misfit: OnMisfit


def wishes(items: Any, place: str = OPTION, shown: Any = None) -> tuple[Wish, ...]:
    """Return each model that the items ask for once, in their order; refuse everything that is wrong at once.

    `shown` is what may be said of the items, where they hold secrets: the same items with those struck out.

    >>> wishes(["mistral", {"name": "llama3.1:70b", "on_misfit": "skip"}])
    (Wish(name='mistral:latest', on_misfit='fail'), Wish(name='llama3.1:70b', on_misfit='skip'))
    """
    shown = items if shown is None else shown
    if isinstance(items, (str, int, float)):  # Ansible would make a list of it, and split a text at its commas
        kind = "text" if isinstance(items, str) else "number"
        raise Refusal(
            place, f"{OPTION} is the {kind} {shown!r}", id="not-a-list", expected=f"a list; each item {_EXPECTED}"
        )
    found: dict[str, Wish] = {}
    problems: list[Refusal] = []
    for number, (item, said) in enumerate(zip(items or (), shown or (), strict=False), start=1):
        try:
            wish = _read(item, said, number, place)
        except Refusal as refusal:
            problems += refusal.all
            continue
        before = found.setdefault(wish.name, wish)
        if before.on_misfit != wish.on_misfit:
            problems.append(_twice(before, wish, place))
    refuse(problems)
    return tuple(found.values())


def named(items: Any) -> list[str]:
    """Return the name of each item as it is written; an option that is left empty names none.

    >>> named(["mistral:7b", {"name": "llama3.1:70b", "on_misfit": "skip"}])
    ['mistral:7b', 'llama3.1:70b']
    """
    wishes(items)
    return [str(item["name"] if isinstance(item, Mapping) else item) for item in items or ()]


def left_out(variables: Mapping[str, Any]) -> list[str]:
    """Return the canonical names of the models that are left out on the host of these variables."""
    handed_over = variables.get(LEFT_OUT) or {}
    return list(handed_over.get(variables.get("inventory_hostname"), ()))


def _read(item: Any, shown: Any, number: int, place: str) -> Wish:
    if isinstance(item, str):
        return Wish(canonical(item, place), "fail")
    if not isinstance(item, Mapping):
        raise Refusal(place, f"item {number} of {OPTION} is {shown!r}", id="not-a-model-name", expected=_EXPECTED)
    refuse(_wrong(item, shown, number, place))
    return Wish(canonical(item["name"], place), item.get("on_misfit", "fail"))


def _wrong(item: Mapping[str, Any], shown: Mapping[str, Any], number: int, place: str) -> Iterator[Refusal]:
    """Refuse what is wrong with the keys and values of one item."""
    which = f"item {number} of {OPTION}"
    for key in item.keys() - set(_KEYS):
        near = difflib.get_close_matches(str(key), _KEYS, n=1, cutoff=0.65)
        remedy = f"did you mean {near[0]}?" if near else ""
        if len(item) == 1 and not near:
            remedy = f"for a model write it without the blank: {key}:{shown[key]}"
        found = f"{which} has the key {key}, which means nothing"
        yield Refusal(place, found, id="unknown-key", expected=_EXPECTED, remedy=remedy)
    if not isinstance(item.get("name", ""), str):
        found = f"{which} has the name {shown['name']!r}"
        yield Refusal(place, found, id="not-a-model-name", expected="a text, such as mistral:7b")
    elif not item.get("name") and item.keys() <= set(_KEYS):
        yield Refusal(place, f"{which} has no name", id="not-a-model-name", expected=_EXPECTED)
    choice = item.get("on_misfit", "fail")
    if choice not in get_args(OnMisfit):
        near = difflib.get_close_matches(str(choice), get_args(OnMisfit), n=1)
        yield Refusal(
            place,
            f"{which} has on_misfit: {shown['on_misfit']}",
            id="unknown-choice",
            expected=f"one of {', '.join(get_args(OnMisfit))}",
            remedy=f"did you mean {near[0]}?" if near else "",
        )


def _twice(first: Wish, second: Wish, place: str) -> Refusal:
    return Refusal(
        place,
        f"{first.name} stands there twice, once with on_misfit: {first.on_misfit}, once with {second.on_misfit}",
        id="named-twice",
        expected="each model once (a bare name means on_misfit: fail)",
        remedy="remove one of the two",
    )
