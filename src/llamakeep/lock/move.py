"""What a run of `llamakeep lock` changed in the lock, as a value."""

from llamakeep.lock.lock import Lock, LockedModel
from llamakeep.lock.reading import Reading
from llamakeep.record import Record


class Move(Record):
    """One model that the lock has now, and what it had before."""

    name: str
    registry: str
    size: int  # bytes
    before: str | None  # digest; None: it was not in the lock
    after: str  # digest


class Moves(Record):
    """One run of `llamakeep lock`."""

    path: str
    moves: tuple[Move, ...]
    unmoved: tuple[str, ...]  # asked for, and still what the lock has
    unnamed: tuple[str, ...]  # in the lock but unused
    readings: tuple[Reading, ...] = ()  # models whose numbers for the memory estimate were asked for


def between(before: Lock, after: Lock, asked: tuple[str, ...], named: frozenset[str], path: str) -> Moves:
    """Return what lies between two locks; numbers that were read of the same content are no move."""
    moves = tuple(
        Move(
            name=name,
            registry=model.registry,
            size=model.size,
            before=before.models[name].digest if name in before.models else None,
            after=model.digest,
        )
        for name, model in sorted(after.models.items())
        if name not in before.models or not _same(before.models[name], model)
    )
    moved = {move.name for move in moves}
    return Moves(
        path=path,
        moves=moves,
        unmoved=tuple(name for name in asked if name in after.models and name not in moved),
        unnamed=tuple(sorted(set(after.models) - named)),
    )


def _same(one: LockedModel, other: LockedModel) -> bool:
    """Whether two entries name the same content at the same place."""
    return one.model_copy(update={"dimensions": None}) == other.model_copy(update={"dimensions": None})
