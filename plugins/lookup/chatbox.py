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
    text) and C(refusals) (what is wrong with the options, in words)
  type: list
  elements: dict
"""

import datetime
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import authority, chatbox, root
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.wishes import LEFT_OUT


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.chatbox')`."""

    def run(self, terms, variables=None, **options):  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        self._variables = variables or {}
        left_out = self._templar.template(self._variables.get(LEFT_OUT) or {})
        self._option = option_of(self._variables["hostvars"], left_out)
        try:
            return [self._table()]
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal

    def _table(self) -> dict[str, Any]:
        groups = self._variables["groups"]
        hosts = groups.get("llm_hosts", [])
        models = chatbox.served(hosts, self._option)
        gate = next((host for host in groups.get("gateway_hosts", []) if self._option(host, "gateway_domain")), "")
        told = self._templar.template(self._variables.get("chatbox_users") or [])
        if not gate and not hosts:
            remedy = "add a host to gateway_hosts or llm_hosts, or leave chatbox_users out"
            nobody = Refusal("chatbox_users", "the inventory has nobody who could be asked for models", remedy=remedy)
            return {"provider": {}, "users": [], "root": "", "refusals": [str(nobody)] if told else []}
        provider = self._gateway(gate, models) if gate else self._direct(hosts[0], models)
        keys = self._option(gate, "gateway_keys") if gate else {}
        found = chatbox.users(told, provider, keys or {}, datetime.datetime.now(datetime.timezone.utc).date())
        refusals = [str(one) for one in found if isinstance(one, Refusal)]
        users = [one for one in found if isinstance(one, dict)]
        return {"provider": provider, "users": users, "root": self._root(gate), "refusals": refusals}

    def _gateway(self, gate: str, models: list[str]) -> dict[str, Any]:
        port = int(self._option(gate, "gateway_https_port"))
        return chatbox.gateway(str(self._option(gate, "gateway_domain")), port, models)

    def _direct(self, host: str, models: list[str]) -> dict[str, Any]:
        if host == self._variables.get("inventory_hostname"):
            address = "127.0.0.1"
        else:
            known = self._option(host, "firewall_addresses") or [self._option(host, "ansible_host") or host]
            address = str(known[0])
        shown = f"[{address}]" if ":" in address else address
        return chatbox.direct(f"{shown}:{self._option(host, 'ollama_api_port')}", models)

    def _root(self, gate: str) -> str:
        """Return the internal CA's root, where the gateway's certificate comes from it."""
        if not gate or self._option(gate, "gateway_certificate") != "internal":
            return ""
        keep = not self._variables.get("ansible_check_mode", False)
        ca, _ = root.obtain(root.folder_of(self._variables), root.domains_of(self._variables), keep=keep)
        return authority.pem(ca.certificate)
