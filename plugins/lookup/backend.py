"""Whom a chat asks for models, for the templates of its role."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend
short_description: Returns whom a chat asks for models, and at which address
description:
  - It is the first of the C(gateway_hosts) where C(open_webui_backend_key) is set, else the Ollama of the same host,
    else the first of the C(llm_hosts), at an address at which that one listens. Nobody, where C(open_webui_backend)
    says it.
  - Somebody whose door the chat could not reach is refused by name, with the variable to set.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show whom a chat asks
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.backend').models }}"
"""

RETURN = r"""
_raw:
  description: >-
    One table with C(models) (its C(host), C(port), and C(addresses), of which there are none inside of the same seal),
    C(gateway), under whose name people find the chat, C(tls), the name by which an llm host is verified, and
    C(refusals), all that is wrong, each as a mapping
  type: list
  elements: dict
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.backend import upstream_for
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_in_play, option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.backend')`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        host = variables["inventory_hostname"]
        option = option_in_play(host, variables, self._templar.template, option_of(variables["hostvars"], {}))
        try:
            return [{**upstream_for(host, variables["groups"], option), "refusals": []}]
        except Refusals as several:
            return [{"models": {}, "gateway": {}, "tls": "", "refusals": as_mappings(several.all)}]
