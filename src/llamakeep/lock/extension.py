"""Bringing a lock up to date with the inventory beside it."""

from typing import Any, NamedTuple

from ansible_collections.llamakeep.fleet.plugins.module_utils.model_name import canonical

from llamakeep import inventory as inventories
from llamakeep.errors import Refusal, refuse
from llamakeep.inventory.fleet import Fleet
from llamakeep.inventory.model_list import NAMES, SOURCES, model_names
from llamakeep.inventory.place import folder_of
from llamakeep.lock import file
from llamakeep.lock.lock import LockedModel
from llamakeep.lock.move import Moves, between
from llamakeep.lock.reading import Reader, Reading
from llamakeep.lock.resolve import Registries


def extend(inventory: str, upgrade: tuple[str, ...] = ()) -> Moves:
    """Resolve what the inventory names and its lock lacks, and `upgrade` anew; write what was found.

    Raises Refusal for each name that no registry has, after the others have been written.
    """
    fleet = inventories.load(inventory, pinned=False)
    path = file.path_for(inventory)
    before = file.read_own(path)
    named = _named(fleet)
    again = tuple(canonical(name, "--upgrade") for name in upgrade)
    _refuse_unknown(again, (*named, *before.models))
    lacking = [name for name in named if name not in before.models]
    models = dict(before.models)
    registries = Registries()
    problems: list[Refusal] = []
    for name in dict.fromkeys((*lacking, *again)):
        wish = named.get(name, _Wish("--upgrade", _sources(fleet)))
        try:
            models[name] = registries.find(name, wish.sources, tuple(before.models), wish.place)
        except Refusal as refusal:
            problems.append(refusal)
    models, readings = _with_numbers(models, before.models, again, named, _sources(fleet))
    after = before.model_copy(update={"models": models})
    if after != before:
        file.write(path, after)
    refuse(problems)
    moves = between(before, after, again, frozenset(named), str(path))
    return moves.model_copy(update={"readings": readings})


class _Wish(NamedTuple):
    """Where a model is asked for, and the registries that may have it."""

    place: str
    sources: tuple[str, ...]


def _with_numbers(
    models: dict[str, LockedModel],
    before: dict[str, LockedModel],
    again: tuple[str, ...],
    named: dict[str, _Wish],
    sources: tuple[str, ...],
) -> tuple[dict[str, LockedModel], tuple[Reading, ...]]:
    """Read the numbers of models that lack them, and of `again`; a model without numbers is locked all the same."""
    reader = Reader()
    found: dict[str, LockedModel] = {}
    readings: list[Reading] = []
    for name, model in models.items():
        known = before.get(name)
        kept = known.dimensions if known is not None and known.digest == model.digest else None
        if kept is None or name in again:
            fresh, reading = reader.read(model, named[name].sources if name in named else sources)
            kept = fresh or kept
            readings.append(reading)
        found[name] = model.model_copy(update={"dimensions": kept})
    return found, tuple(readings)


def _refuse_unknown(again: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Refuse to move a model that nobody has asked for."""
    refuse(
        [
            Refusal(
                f"--upgrade {name}",
                "neither the lock nor the inventory has this model",
                id="model-not-locked",
                remedy=f"name it in {NAMES} first, or did you mean one of these: " + ", ".join(known),
            )
            for name in again
            if name not in known
        ]
    )


def _named(fleet: Fleet) -> dict[str, _Wish]:
    """Return name -> wish, for each model that any host is to have."""
    folder = folder_of(fleet.inventory)
    found: dict[str, _Wish] = {}
    for host in fleet.hosts:
        if NAMES in host.inputs:
            place = str(folder / host.places.get(NAMES, ""))
            for name in model_names(host.inputs, place):
                found.setdefault(name, _Wish(place, _urls(host.inputs)))
    return found


def _sources(fleet: Fleet) -> tuple[str, ...]:
    """Return the registries of the first host that names any."""
    return next((urls for host in fleet.hosts if NAMES in host.inputs and (urls := _urls(host.inputs))), ())


def _urls(inputs: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(url) for url in inputs[SOURCES])
