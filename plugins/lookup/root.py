"""The root of the internal CA, for roles whose services must trust the gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
name: root
short_description: Returns the root certificate of the internal CA
description:
  - The root lies in C(.ca/) beside the inventory. Where there is none it is made for the C(gateway_domain) of the
    inventory's gateways, but in check mode; without a gateway that has a domain there is none, and the text is empty.
  - In check mode a root that is still to be made is returned as it might be.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show the certificate that clients of the gateway must trust
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.root') }}"
"""

RETURN = r"""
_raw:
  description: The certificate in PEM, or an empty text
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, ca_place, internal_ca


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.root')`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the certificate, in a list of one."""
        variables = variables or {}
        keep = not variables.get("ansible_check_mode", False)
        try:
            folder, domains = ca_place.folder_of(variables), ca_place.domains_of(variables)
            if not domains and not (folder / ca_place.CERTIFICATE).exists():
                return [""]
            ca, _ = ca_files.obtain(folder, domains, keep=keep)
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
        return [internal_ca.pem(ca.certificate)]
