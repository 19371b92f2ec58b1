"""What a gateway leads to, for the templates of its role."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gateway
short_description: Returns the hosts, the models and the chats that a gateway leads to
description:
  - Reads C(llm_hosts) and C(chat_hosts) of the inventory as their own roles would see them, and the lock beside it.
    A host whose door the gateway could not reach is refused by name, with the variable to set.
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
    C(reaches), C(guarded), C(endpoints), C(pem), and C(refusals), all that is wrong, each as a mapping
  type: list
  elements: dict
"""

from functools import partial
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals
from ansible_collections.llamakeep.fleet.plugins.module_utils.tls_files import PEM
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import endpoints, ports
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.confinement import guarded, reaches
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import defaults, option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.gateway import listens, refusals, routes
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import find, read
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import LEFT_OUT


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.gateway')`."""

    def run(self, terms: Any, variables: Any = None, known: Any = None, **_options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        # Its own role's defaults are variables, another role's, that asks the same, are not.
        own = {**defaults(), **variables}
        values = {name: self._templar.template(value) for name, value in own.items() if name.startswith("gateway_")}
        host, groups = variables["inventory_hostname"], variables["groups"]
        option = option_of(variables["hostvars"], self._templar.template(variables.get(LEFT_OUT) or {}))
        mine = [group for group, members in groups.items() if host in members]
        wrong = refusals(values) or [*ports.collisions(host, ports.ways(mine, partial(option, host)))]
        if wrong:
            return [{"refusals": as_mappings(wrong)}]
        try:
            lock = read(find(variables))
            found = routes(host, groups, option, lock, known)
        except Refusals as several:
            return [{"refusals": as_mappings(several.all)}]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
        own = {
            "listens": listens(values),
            "reaches": reaches(found),
            "guarded": guarded(host, found, groups, option),
            "endpoints": endpoints.for_gateway(),
            "pem": PEM,
        }
        return [{**found, **own, "refusals": []}]
