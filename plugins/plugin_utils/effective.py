"""What an option is on any host of the inventory: as it is set there, else the default of its role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import options

Variables = Mapping[str, Any]
Option = Callable[[str, str], Any]  # host, option -> its effective value there

_UNDESCRIBED = {"ansible_host": ""}  # what no role describes, and the reckoning asks for


def option_of(hostvars: Mapping[str, Variables], left_out: Mapping[str, list[str]]) -> Option:
    """Return the function that says what an option is on any host; `left_out` is one beside the roles' own."""

    def option(host: str, name: str) -> Any:
        if name == "left_out":
            return left_out.get(host, [])
        variables = hostvars[host]
        return variables[name] if name in variables else {**_UNDESCRIBED, **defaults()}[name]

    return option


def option_in_play(host: str, variables: Variables, template: Callable[[Any], Any], elsewhere: Option) -> Option:
    """Return the same as seen from a play on `host`: what the play sets for it is among its `variables` alone."""

    def option(asked: str, name: str) -> Any:
        if asked == host and name in variables and name in defaults():
            return template(variables[name])
        return elsewhere(asked, name)

    return option


@cache
def defaults() -> dict[str, Any]:
    """Return every option's default: a role's own are not among the variables of another host."""
    found: dict[str, Any] = {}
    for path in sorted(set(options().values())):
        found |= (yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None) or {}
    return found
