"""The servers that a sealed chat asks beside its models, for the templates of its role."""

from __future__ import annotations

DOCUMENTATION = r"""
name: directories
short_description: Returns the directory, the issuer and the database that a chat asks
description:
  - Reads the options of the role C(open_webui) that name them. A name is looked up where the playbook runs, unless its
    address is said; the first one is taken, of IPv4 where there is one.
options:
  _terms:
    description: The name at which models are asked, as one loopback address is that one's already; or empty.
    required: true
  found_at:
    description: The address at which people find the chat.
    type: str
    default: ""
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show to which servers a chat has doors
  ansible.builtin.debug:
    msg: "{{ lookup('llamakeep.fleet.directories', '').servers }}"
"""

RETURN = r"""
_raw:
  description: One table with C(servers), by kind, and C(refusals), all that is wrong, each as a mapping.
  type: list
  elements: dict
"""

import ipaddress
import socket
from functools import cache
from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.directories import servers
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.directories_refused import refusals
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.refused import as_mappings


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.directories', models, found_at=…)`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:
        """Return the table, in a list of one."""
        self.set_options(var_options=variables, direct=options)
        mine = {name: value for name, value in variables.items() if name.startswith("open_webui_")}
        values = {name: self._templar.template(value) for name, value in mine.items()}
        wrong = refusals(values, resolve, self.get_option("found_at"))
        if wrong:
            return [{"servers": {}, "refusals": as_mappings(wrong)}]
        return [{"servers": servers(values, resolve, terms[0]), "refusals": []}]


@cache
def resolve(name: str) -> list[str]:
    """Return a name's addresses, in an order that does not change from run to run."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except OSError:
        return []
    return sorted(found, key=lambda text: (ipaddress.ip_address(text).version, ipaddress.ip_address(text).packed))
