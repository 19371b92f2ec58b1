"""Has the fleet stop trusting the root before, when every host has a certificate from the present one."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca_files, hosts_place, internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import needing


class ActionModule(ActionBase):
    """`llamakeep.fleet.drop_previous_root`: on the control node alone."""

    _supports_check_mode = True
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Return whether the root before has gone, and which hosts still need it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        hosts = needing(task_vars["groups"], option_of(task_vars["hostvars"], {}))
        if self._task.check_mode:
            return {**result, "changed": False, "skipped": True}
        # Who has failed may not have what was issued to it.
        if lost := [host for host in hosts if host not in task_vars["ansible_play_hosts"]]:
            return {**result, "changed": False, "msg": f"the root before is still trusted, for {', '.join(lost)}"}
        try:
            missing = hosts_ca_files.drop_previous(hosts_place.folder_of(task_vars), hosts, internal_ca.now())
        except Refusal as refusal:
            raise AnsibleActionFail(str(refusal), result=refusal.failure) from refusal
        # Beside the inventory, and not on the host: of that the next run tells.
        said = f"the root before is still trusted, for {', '.join(missing)}" if missing else ""
        return {**result, "changed": False, "msg": said or "the next run drops the root before", "missing": missing}
