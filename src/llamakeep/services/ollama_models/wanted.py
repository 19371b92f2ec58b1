"""Which models one host should have, from its inputs and the lock."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep import hint
from llamakeep.errors import Refusal
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.gathered import gathered
from llamakeep.inventory.model_list import NAMES, SOURCES, ModelList, model_names
from llamakeep.inventory.stage import Evaluated, Place, WantedStage
from llamakeep.inventory.wish import wishes
from llamakeep.inventory.words import NOTHING
from llamakeep.lock.families import nearest
from llamakeep.lock.file import path_for
from llamakeep.lock.lock import Lock


class WantedModels(ModelList):
    """The models that one llm host should have."""


class Stage(WantedStage[WantedModels]):
    """The models' part in the inventory."""

    record = WantedModels
    columns = ("models", "size")

    def read(self, found: Evaluated) -> WantedModels:
        """Return what the inputs ask for; models that the lock lacks are left out (see `unlocked`)."""
        plain = reveal(found.inputs)
        asked = wishes(plain[NAMES])
        return WantedModels(
            managed=found.managed,
            models=tuple(found.lock.models[wish.name] for wish in asked if wish.name in found.lock.models),
            sources=tuple(str(url) for url in plain[SOURCES] or ()),
            on_misfit={wish.name: wish.on_misfit for wish in asked if wish.on_misfit != "fail"},
        )

    def unreadable(self, inputs: dict[str, Any], place: Place) -> list[Refusal]:
        """Refuse items that name no model."""
        return gathered(lambda option, read: read(inputs[option], place(option)), {NAMES: wishes})

    def unlocked(self, values: dict[str, Any], lock: Lock, place: Place, inventory: str) -> list[Refusal]:
        """Refuse models that the lock does not pin."""
        refusals = []
        for name in model_names(values, place(NAMES)):
            if name not in lock.models:
                near = [one for one in nearest(name, tuple(lock.models)) if one in lock.models]
                guess = f", or did you mean {' or '.join(near)}?" if near else ""
                remedy = f"llamakeep lock {hint.fleet(inventory)}{guess}"
                refusals.append(
                    Refusal(
                        place(NAMES), f"{name} is not in {path_for(inventory)}", id="model-not-locked", remedy=remedy
                    )
                )
        return refusals

    def cells(self, wanted: WantedModels) -> tuple[str, ...]:
        """Return their names and their size together."""
        size = sum(model.size for model in wanted.models)
        return ", ".join(model.name for model in wanted.models) or NOTHING, readable(size) if size else NOTHING
