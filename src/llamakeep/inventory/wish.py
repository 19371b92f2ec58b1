"""A model that an inventory asks for: its name, and what to do on a host where it does not fit."""

import difflib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args

from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical

from llamakeep.errors import Refusal, refuse
from llamakeep.inventory.concealed import redact, reveal

OnMisfit = Literal["fail", "warn", "skip"]
OPTION = "ollama_models_names"

_KEYS = ("name", "on_misfit")
_EXPECTED = "a name such as mistral:7b, or {name: mistral:7b, on_misfit: fail|warn|skip}"


class Wish(NamedTuple):
    """One item of `ollama_models_names`."""

    name: str  # canonical, "mistral:7b"
    on_misfit: OnMisfit


def wishes(items: Any, place: str = OPTION) -> tuple[Wish, ...]:
    """Return each model that the items ask for once, in their order; refuse everything that is wrong at once.

    >>> wishes(["mistral", {"name": "llama3.1:70b", "on_misfit": "skip"}])
    (Wish(name='mistral:latest', on_misfit='fail'), Wish(name='llama3.1:70b', on_misfit='skip'))
    """
    plain = reveal(items)
    if isinstance(plain, str | int | float):  # Ansible would make a list of it, and split a text at its commas
        kind = "text" if isinstance(plain, str) else "number"
        raise Refusal(place, f"{OPTION} is the {kind} {redact(items)!r}", expected=f"a list; each item {_EXPECTED}")
    found: dict[str, Wish] = {}
    problems: list[Refusal] = []
    for number, item in enumerate(items or (), start=1):
        try:
            wish = _read(item, number, place)
        except Refusal as refusal:
            problems += refusal.all
            continue
        before = found.setdefault(wish.name, wish)
        if before.on_misfit != wish.on_misfit:
            problems.append(_twice(before, wish, place))
    refuse(problems)
    return tuple(found.values())


def _read(item: Any, number: int, place: str) -> Wish:
    plain = reveal(item)
    if isinstance(plain, str):
        return Wish(canonical(plain, place), "fail")
    if not isinstance(plain, dict):
        raise Refusal(place, f"item {number} of {OPTION} is {redact(item)!r}", expected=_EXPECTED)
    refuse(list(_wrong(plain, redact(item), number, place)))
    return Wish(canonical(plain["name"], place), plain.get("on_misfit", "fail"))


def _wrong(item: dict[str, Any], shown: dict[str, Any], number: int, place: str) -> Iterator[Refusal]:
    """Refuse what is wrong with the keys and values of one item."""
    which = f"item {number} of {OPTION}"
    for key in item.keys() - set(_KEYS):
        near = difflib.get_close_matches(str(key), _KEYS, n=1, cutoff=0.65)
        remedy = f"did you mean {near[0]}?" if near else ""
        if len(item) == 1 and not near:
            remedy = f"for a model write it without the blank: {key}:{shown[key]}"
        yield Refusal(place, f"{which} has the key {key}, which means nothing", expected=_EXPECTED, remedy=remedy)
    if not isinstance(item.get("name", ""), str):
        yield Refusal(place, f"{which} has the name {shown['name']!r}", expected="a text, such as mistral:7b")
    elif not item.get("name") and item.keys() <= set(_KEYS):
        yield Refusal(place, f"{which} has no name", expected=_EXPECTED)
    choice = item.get("on_misfit", "fail")
    if choice not in get_args(OnMisfit):
        near = difflib.get_close_matches(str(choice), get_args(OnMisfit), n=1)
        yield Refusal(
            place,
            f"{which} has on_misfit: {shown['on_misfit']}",
            expected=f"one of {', '.join(get_args(OnMisfit))}",
            remedy=f"did you mean {near[0]}?" if near else "",
        )


def _twice(first: Wish, second: Wish, place: str) -> Refusal:
    return Refusal(
        place,
        f"{first.name} stands there twice, once with on_misfit: {first.on_misfit}, once with {second.on_misfit}",
        expected="each model once (a bare name means on_misfit: fail)",
        remedy="remove one of the two",
    )
