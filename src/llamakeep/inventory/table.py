"""What a role manages on a host, read from its own table `__<role>_managed`; worker only."""

import json
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.filter.outline import KEYS
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import outline

from llamakeep.inventory.reader import Reader
from llamakeep.inventory.role import Role


class Tables:
    """The tables of every role; those of hosts with the same options are evaluated once."""

    def __init__(self, reader: Reader, roles: Path) -> None:
        """Take the folder in which the roles lie."""
        self._reader, self._roles = reader, roles
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def of(self, name: str, sight: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """Return what a role manages on a host whose variables are `sight`, and what it makes of its options.

        `values` are the evaluated options: where the role asks nothing else, hosts with the same ones are alike.

        >>> tables.of("ollama", sight, values)
        {"managed": {"units": […], "files": […], …, "environment": {"OLLAMA_MODELS": "…", …}}, "wanted": {}}
        """
        role = self._reader.role(self._roles / name)
        alike = role.is_alike(*_names(name))
        key = name, json.dumps(values, sort_keys=True, default=str) if alike else sight["inventory_hostname"]
        if key not in self._known:
            self._known[key] = _evaluated(name, role, sight)
        return self._known[key]


def _names(name: str) -> tuple[str, str, str]:
    """Return the variables of a role that are read: what it manages, what it makes of its options, the environment."""
    return f"__{name}_managed", f"__{name}_wanted", f"__{name}_environment_in_force"


def _evaluated(name: str, role: Role, sight: dict[str, Any]) -> dict[str, Any]:
    managed, wanted, environment = _names(name)
    declared = role.value(sight, f"{managed} | llamakeep.fleet.outline") if role.has(managed) else {}
    whole = outline(name, declared)
    return {
        "managed": {
            **{part: [_of_those(item, keys) for item in whole[part]] for part, keys in KEYS.items()},
            "environment": role.value(sight, environment) if role.has(environment) else {},
        },
        "wanted": role.value(sight, wanted) if role.has(wanted) else {},
    }


def _of_those(item: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: item[key] for key in keys if key in item}
