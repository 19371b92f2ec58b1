"""Gathers on the control node from which values a host was converged, and has the module close the receipt."""

from __future__ import annotations

import json
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit, lock
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.ca_place import folder_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_in_play, option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import inputs, options
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.neighbours import neighbours
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import LEFT_OUT, left_out


class ActionModule(ActionBase):
    """`llamakeep.fleet.receipt`."""

    _supports_check_mode = True
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Return what the module says is new in the receipt."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            found = self._inputs(task_vars)
        except Refusal as refusal:
            raise AnsibleActionFail(str(refusal), result=refusal.failure) from refusal
        arguments = {"kit": kit.version(), "inputs": json.dumps(found)}
        result.update(self._execute_module("llamakeep.fleet.receipt", arguments, task_vars=task_vars))
        return result

    def _inputs(self, task_vars: Any) -> dict[str, Any]:
        """Return all that the host was made from: its options, the lock's part, and what stands elsewhere."""
        locked = lock.read(lock.find(task_vars))
        own = inputs(self._values(task_vars), task_vars["group_names"], locked, left_out(task_vars))
        host, groups, hostvars = task_vars["inventory_hostname"], task_vars["groups"], task_vars["hostvars"]
        elsewhere = option_of(hostvars, self._templar.template(task_vars.get(LEFT_OUT) or {}))
        option = option_in_play(host, task_vars, self._templar.template, elsewhere)
        return {**own, **neighbours(host, groups, hostvars, option, locked, folder_of(task_vars))}

    def _values(self, task_vars: Any) -> Any:
        """Return the function that says what an option is in this play: a role that it lacks has its defaults."""
        defaults: dict[str, Any] = {}
        for path in sorted({path for path in options().values() if path.is_file()}):
            defaults |= self._loader.load_from_file(str(path), trusted_as_template=True) or {}
        sight = {**defaults, **task_vars}
        templar = self._templar.copy_with_new_env(available_variables=sight)
        return lambda name: templar.template(sight.get(name))
