"""Whether a host needs a certificate of the fleet, and whom it trusts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mutual_tls
short_description: Returns whether a host needs a certificate of the fleet, and which roots it trusts
description:
  - A host needs one where its door on an address of the network asks for certificates, or where it asks at such a door.
  - The CA between hosts lies in C(.ca/hosts/) beside the inventory, and is made where there is none; in check mode it
    is not kept.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show which roots a host trusts
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.mutual_tls').roots }}"
"""

RETURN = r"""
_raw:
  description:
    - One table with C(needed); C(name), the name on its certificate; C(roots) and C(revoked), each in PEM; and
      C(previous), whether another root is taking over, and then C(hosts), all that show certificates; C(folder) and
      C(pem), where it lies.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca_files, hosts_place, internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.effective import option_in_play, option_of
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.mutual_tls import UNREAD, needing, needs_certificate

display = Display()
NOTHING = {"needed": False, "name": "", "serials": [], "shut_out": [], **UNREAD}


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.mutual_tls')`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the table, in a list of one."""
        host = variables["inventory_hostname"]
        option = option_in_play(host, variables, self._templar.template, option_of(variables["hostvars"], {}))
        keep = not variables.get("ansible_check_mode", False)
        try:
            folder = hosts_place.folder_of(variables)
            if not needs_certificate(host, variables["groups"], option):
                return [{**NOTHING, "previous": (folder / hosts_place.PREVIOUS).exists()}]
            ca, made = hosts_ca_files.obtain(folder, keep=keep)
            if made and keep:
                display.display(f"the CA between hosts was made: {folder}; seal its key: ansible-vault encrypt")
            if ca.ends - internal_ca.now() < internal_ca.SOON:
                display.warning(
                    f"{folder}: the CA between hosts ends on {ca.ends:%Y-%m-%d}: llamakeep ca renew --hosts"
                )
            found = hosts_ca_files.trust(folder, ca if made and not keep else None)
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
        hosts = needing(variables["groups"], option) if found.previous else []
        return [{**NOTHING, "needed": True, "name": identity(host), "hosts": hosts, **found._asdict()}]
