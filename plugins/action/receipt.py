"""Gathers on the control node from which values a host was converged, and has the module close the receipt."""

from __future__ import annotations

import json

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit, lock
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import inputs, options
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.knockers import knockers
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import left_out


class ActionModule(ActionBase):
    """`llamakeep.fleet.receipt`."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset()

    def run(self, tmp=None, task_vars=None):
        """Return what the module says is new in the receipt."""
        result = super().run(tmp, task_vars)
        try:
            found = inputs(self._values(task_vars), lock.read(lock.find(task_vars)), left_out(task_vars))
            door = {"name": "ollama_api", "groups": found["ollama_api_groups"]}
            found["fleet:knockers"] = knockers(door, task_vars["groups"], task_vars["hostvars"])
        except Refusal as refusal:
            raise AnsibleActionFail(str(refusal)) from refusal
        arguments = {"kit": kit.version(), "inputs": json.dumps(found)}
        result.update(self._execute_module("llamakeep.fleet.receipt", arguments, task_vars=task_vars))
        return result

    def _values(self, task_vars):
        """Return the function that says what an option is in this play: a role that it lacks has its defaults."""
        defaults = {}
        for path in sorted({path for path in options().values() if path.is_file()}):
            defaults |= self._loader.load_from_file(str(path), trusted_as_template=True) or {}
        sight = {**defaults, **task_vars}
        templar = self._templar.copy_with_new_env(available_variables=sight)
        return lambda name: templar.template(sight.get(name))
