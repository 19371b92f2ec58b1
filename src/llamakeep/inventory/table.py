"""What a role manages on a host, read from its own table `__<role>_managed`; worker only."""

import json
from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import outline

from llamakeep.inventory.reader import Reader
from llamakeep.inventory.role import Role

# Ansible evaluates no more of a table than what is asked for: what stands in a file may be known on the host alone.
_ASKED = {
    "units": ("name", "state", "enabled", "sealed"),
    "links": ("path", "to", "restarts"),
    "files": ("path", "restarts", "reloads"),
    "folders": ("path",),
    "doors": ("name", "into", "out_of", "port", "at", "to", "inside"),
}
_ABSENT = "__absent__"


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
    declared = _declared(role.value(sight, _expression(managed))) if role.has(managed) else {}
    whole = outline(name, declared)
    return {
        "managed": {
            **{part: [_of_those(item, keys) for item in whole[part]] for part, keys in _ASKED.items()},
            "environment": role.value(sight, environment) if role.has(environment) else {},
        },
        "wanted": role.value(sight, wanted) if role.has(wanted) else {},
    }


def _of_those(item: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: item[key] for key in keys if key in item}


def _expression(table: str) -> str:
    """Return the expression that asks a table for the wanted parts alone, each as one list for each of its keys."""
    parts = (f"{part!r}: {{{_lists(f'{table}.{part}', keys)}}}" for part, keys in _ASKED.items())
    return f"{{{', '.join(parts)}}}"


def _lists(items: str, keys: tuple[str, ...]) -> str:
    return ", ".join(
        f"{key!r}: {items} | default([]) | map(attribute={key!r}, default={_ABSENT!r}) | list" for key in keys
    )


def _declared(found: dict[str, dict[str, list[Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the table in the shape in which roles declare it."""
    return {
        part: [
            {key: value for key, value in zip(lists, values, strict=True) if value != _ABSENT}
            for values in zip(*lists.values(), strict=True)
        ]
        for part, lists in found.items()
    }
