"""What Chatbox on a desktop is told, for its role."""

from __future__ import annotations

DOCUMENTATION = r"""
name: chatbox
short_description: Returns the provider that Chatbox is to know, and the users who are to know it
description:
  - The provider is the first of the C(gateway_hosts) that has a C(gateway_domain); without one, the first of the
    C(llm_hosts), without TLS and without a key.
  - Each user's key is compared with the gateway's hash of it, so that a wrong one is found before anything is written.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show where Chatbox would ask for models
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.chatbox').provider.address }}"
"""

RETURN = r"""
_raw:
  description: >-
    One table with C(provider), C(users), C(root) (the certificate that the desktop has to trust, in PEM, or an empty
    text) and C(refusals) (what is wrong with the options, each as a mapping)
  type: list
  elements: dict
"""

import datetime
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, ca_place, chatbox, internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import LEFT_OUT


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.chatbox')`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        self._variables = variables or {}
        left_out = self._templar.template(self._variables.get(LEFT_OUT) or {})
        self._option = option_of(self._variables["hostvars"], left_out)
        try:
            return [self._table()]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal

    def _table(self) -> dict[str, Any]:
        host, groups = self._variables.get("inventory_hostname", ""), self._variables["groups"]
        wanted = self._templar.template(self._variables.get("chatbox_users") or [])
        today = datetime.datetime.now(datetime.timezone.utc).date()
        settings = chatbox.settings(host, groups, self._option, wanted, today)
        return {**settings, "root": self._root(chatbox.gateway_of(groups, self._option))}

    def _root(self, gate: str) -> str:
        """Return the internal CA's root, where the gateway's certificate comes from it."""
        if not gate or self._option(gate, "gateway_certificate") != "internal":
            return ""
        keep = not self._variables.get("ansible_check_mode", False)
        ca, _ = ca_files.obtain(ca_place.folder_of(self._variables), ca_place.domains_of(self._variables), keep=keep)
        return internal_ca.pem(ca.certificate)
