"""From names to content: which model a name is, at which registry, today."""

from ansible_collections.llamakeep.fleet.plugins.module_utils import model_name as names

from llamakeep.errors import Refusal
from llamakeep.lock.families import WELL_KNOWN, nearest
from llamakeep.lock.lock import LockedModel
from llamakeep.lock.registry import UnknownModelError, resolve


class Registries:
    """Registries that are asked one after the other; one that cannot be reached is not tried again."""

    def __init__(self) -> None:
        self._silent: dict[str, Refusal] = {}

    def find(self, name: str, sources: tuple[str, ...], known: tuple[str, ...], place: str) -> LockedModel:
        """Return the canonical `name` from the first of `sources` that has it.

        Upstream's registry is asked where there are no sources, and only there: a fleet with a mirror may not
        want it asked.

        `known` are the names in the lock, `place` is where the name was written. Raises Refusal where no
        registry has it, with the nearest names, or where one that might have it cannot be reached.
        """
        registries = sources or (names.UPSTREAM,)
        for registry in registries:
            if registry in self._silent:
                continue
            try:
                return resolve(name, registry)
            except UnknownModelError:
                continue
            except Refusal as refusal:
                self._silent[registry] = refusal
        for registry in registries:
            if registry in self._silent:
                why = self._silent[registry]
                raise why.but()
        raise Refusal(
            place,
            f"no model {name} at {' nor at '.join(registries)}",
            id="model-not-found",
            remedy=_advice(name, known),
        )


def _advice(name: str, known: tuple[str, ...]) -> str:
    """Say what a misspelt name may have meant."""
    others = [one for one in known if names.family(one) == names.family(name)]
    if others or names.family(name) in WELL_KNOWN:
        also = f" (in the lock: {', '.join(others)})" if others else ""
        return f"{names.family(name)} is a known family: is {names.tag(name)!r} one of its tags?{also}"
    near = nearest(name, known)
    return f"did you mean {' or '.join(near)}?" if near else "look the name up at the registry"
