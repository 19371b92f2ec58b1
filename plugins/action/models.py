"""Bring the models that the lock names, and pass on how far they are."""

from __future__ import annotations

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import wanted_models
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.progress import WatchedAction


class ActionModule(WatchedAction):
    """The module `llamakeep.fleet.models`, watched; `names` and `sources` become `models` by the lock."""

    stage = "models"

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that the lock does not know, before the host is asked anything."""
        given = dict(self._task.args)
        if "names" in given:
            left_out = given.pop("left_out", None) or []
            given["models"] = wanted_models(given.pop("names"), given.pop("sources", []), variables, left_out)
        return given
