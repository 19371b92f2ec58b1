"""What a role manages on a host, read from its own table `__<role>_managed`; worker only."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.filter.outline import KEYS
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.table import outline

from llamakeep.inventory.role import Role


def table_of(name: str, role: Role, sight: dict[str, Any]) -> dict[str, Any]:
    """Return what a role manages on a host whose variables are `sight`, and what it makes of its options.

    >>> table_of("ollama", role, sight)
    {"managed": {"units": […], "files": […], …, "environment": {"OLLAMA_MODELS": "…", …}}, "wanted": {}}
    """
    managed, wanted, environment = f"__{name}_managed", f"__{name}_wanted", f"__{name}_environment_in_force"
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
