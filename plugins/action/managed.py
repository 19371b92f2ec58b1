"""Renders what a role manages on the control node, and has the module apply it in one go."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_place, table
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.allowed_clients import admitting

COLLECTION = Path(__file__).resolve().parents[2]


class ActionModule(ActionBase):
    """`llamakeep.fleet.managed`."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset({"role", "table"})

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Return what the module did, or the refusal of a table that cannot be applied."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        role = self._task.args.get("role") or (self._task._role and self._task._role.get_name().split(".")[-1])
        if not role:
            raise AnsibleActionFail("managed: belongs into a role, or must be told its name with `role`")
        try:
            declared = self._task.args.get("table") or {}
            table.refuse_unknown(role, declared)
            doors = [admitting(door, task_vars) for door in declared.get("doors") or []]
            files = [self._with_certificate(file, task_vars) for file in declared.get("files") or []]
            whole = {**declared, **({"doors": doors} if doors else {}), **({"files": files} if files else {})}
            complete = table.complete(role, whole, self._renderer(task_vars or {}))
        except Refusal as refusal:
            raise AnsibleActionFail(str(refusal), result=refusal.failure) from refusal
        arguments = {"role": role, "table": json.dumps(complete)}
        result.update(self._execute_module("llamakeep.fleet.managed", arguments, task_vars=task_vars))
        return result

    def _with_certificate(self, file: Any, task_vars: Any) -> Any:
        """Return a file that holds a host's certificate with what it holds: the present one, while that will do."""
        host = file.get("certificate_of")
        if not host:
            return file
        # Few tables hold one: cryptography takes its time to import.
        from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca_files, internal_ca

        present = self._present(file["path"], task_vars)
        keep = not task_vars.get("ansible_check_mode", False)
        folder, moment = hosts_place.folder_of(task_vars), internal_ca.now()
        if file.get("while_trusted"):
            text = hosts_ca_files.trusted(folder, host, present, moment)
            if text:
                return {**file, "content": text}
        text, why = hosts_ca_files.certificate(folder, host, present, moment, self._unseal, keep=keep)
        return {**file, "content": text, "why": why}

    def _present(self, path: str, task_vars: Any) -> str:
        """Return the text of a file on the host; empty where there is none."""
        read = self._execute_module("ansible.legacy.slurp", {"src": path}, task_vars=task_vars)
        if read.get("failed"):
            if "not found" in str(read.get("msg")):
                return ""
            raise AnsibleActionFail(f"{path}: {read.get('msg')}", result=read)
        return base64.b64decode(read["content"]).decode("utf-8", "replace")

    def _unseal(self, path: Path) -> bytes:
        """Return what Ansible's vault holds in a file; raises Refusal where it stays closed."""
        try:
            return str(self._loader.get_text_file_contents(str(path))).encode()
        except AnsibleError as error:
            raise Refusal(
                str(path),
                f"stays closed: {str(error).strip().partition(chr(10))[0]}",
                id="ca-key-sealed",
                remedy="--vault-password-file FILE, or vault_password_file in ansible.cfg",
            ) from error

    def _renderer(self, task_vars: Any) -> Any:
        """Return the function that renders a template of the role, else of the collection.

        A name that does not end in `.j2` is a file to be brought as it is.
        """
        role = self._task._role and Path(self._task._role._role_path)
        folders = [folder / "templates" for folder in (role, COLLECTION) if folder]

        def render(name: str, variables: Any) -> str:
            path = next((folder / name for folder in folders if (folder / name).is_file()), None)
            if path is None:
                raise Refusal(
                    name, "no such template", id="template-missing", expected=f"one in {' or '.join(map(str, folders))}"
                )
            text = path.read_text(encoding="utf-8")
            if path.suffix != ".j2":
                return text
            templar = self._templar.copy_with_new_env(
                searchpath=[str(folder) for folder in folders], available_variables={**task_vars, **variables}
            )
            overrides = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
            return str(templar.template(trust_as_template(text), escape_backslashes=False, overrides=overrides))

        return render
