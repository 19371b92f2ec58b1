"""What a gateway leads to, for the templates of its role."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gateway
short_description: Returns the hosts, the models and the chats that a gateway leads to
description:
  - Reads C(llm_hosts) and C(chat_hosts) of the inventory as their own roles would see them, and the lock beside it.
    A host at whose door the gateway could not knock is refused by name, with the variable to set.
options:
  known:
    description: What the hosts say of their models, as M(llamakeep.fleet.models_known) returns it.
    type: dict
    default: {}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show which hosts have which model
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.gateway').models }}"
"""

RETURN = r"""
_raw:
  description: One table with C(hosts), C(models), C(names), C(chats), C(tags), C(listed), C(buffer), C(listens),
    C(reaches), and C(refusals), all that is wrong
  type: list
  elements: dict
"""

from functools import cache
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.confinement import reaches
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.gateway import leads_to, listens, refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.inputs import options
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import find, read

UNDESCRIBED = {"ansible_host": ""}  # what no role describes
LEFT_OUT = "__ollama_models_left_out"  # host -> models that `llamakeep up` leaves out there


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.gateway')`."""

    def run(self, terms, variables=None, known=None, **_options):  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        # Its own role's defaults are variables, another role's, that asks the same, are not.
        own = {**_defaults(), **variables}
        told = {name: self._templar.template(value) for name, value in own.items() if name.startswith("gateway_")}
        wrong = refusals(told)
        if wrong:
            return [{"refusals": [str(refusal) for refusal in wrong]}]
        left_out = self._templar.template(variables.get(LEFT_OUT) or {})

        def option(host: str, name: str) -> Any:
            if name == "left_out":
                return left_out.get(host, [])
            told = variables["hostvars"][host]
            return told[name] if name in told else {**UNDESCRIBED, **_defaults()}[name]

        try:
            lock = read(find(variables))
            found = leads_to(variables["inventory_hostname"], variables["groups"], option, lock, known)
        except Refusals as several:
            return [{"refusals": [str(refusal) for refusal in several.refusals]}]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
        return [{**found, "listens": listens(told), "reaches": reaches(found), "refusals": []}]


@cache
def _defaults() -> dict[str, Any]:
    """Return every option's default: a role's own are not among the variables of another host."""
    found: dict[str, Any] = {}
    for path in sorted(set(options().values())):
        found |= (yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None) or {}
    return found
