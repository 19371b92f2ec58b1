"""The lock beside the inventory, for roles."""

from __future__ import annotations

DOCUMENTATION = r"""
name: lock
short_description: Returns the lock that lies beside the inventory
description:
  - Reads C(llamakeep.lock) in the folder of the inventory in use, or beside its file. Where there is none,
    its parts are empty.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show which releases the lock knows
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.lock').ollama | list }}"
"""

RETURN = r"""
_raw:
  description: One table with C(format), C(ollama) (version, then platform) and C(models) (by canonical name)
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import find, read


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.lock')`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the lock, in a list of one."""
        try:
            return [read(find(variables or {}))]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
