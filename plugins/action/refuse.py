"""Fails a task with what the operator must know, as a text and as data."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import PARTS, as_mappings, from_arguments, text

_SPEC = {
    **{part: {"type": "str"} for part in PARTS},
    "refusals": {
        "type": "list",
        "elements": "dict",
        "options": {part: {"type": "str", "required": part == "found"} for part in PARTS},
    },
}


class ActionModule(ActionBase):
    """`llamakeep.fleet.refuse`."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(_SPEC)
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Return the refusals as `msg` and as `refusals`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            argument_spec=_SPEC,
            required_one_of=[["found", "refusals"]],
            mutually_exclusive=[[part, "refusals"] for part in PARTS],
            required_together=[["id", "found"]],
        )
        refusals = from_arguments({name: value for name, value in arguments.items() if value is not None})
        result.update(failed=True, msg=text(refusals), refusals=as_mappings(refusals))
        return result
