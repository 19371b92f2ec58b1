"""The addresses that may connect to a door, for the firewall's rules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: allowed_clients
short_description: Returns the addresses of the hosts that may connect to a door
description:
  - Takes a door (its C(name) and the C(groups) whose hosts may connect) and returns their addresses by family. Those of
    a host are its C(firewall_addresses), else its C(ansible_host) where that is an IP address; a host without either
    is refused by name.
options:
  _terms:
    description: The door.
    required: true
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show the allowed clients
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.allowed_clients', {'name': 'ollama_api', 'groups': ['chat_hosts']}) }}"
"""

RETURN = r"""
_raw:
  description: One table with C(ipv4) and C(ipv6), each a sorted list of addresses and networks.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.allowed_clients import allowed_clients


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.allowed_clients', door)`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the addresses by family, in a list of one."""
        try:
            return [allowed_clients(terms[0], variables["groups"], variables["hostvars"])]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
