"""Names of the gateway that lead nowhere, for a warning before people look for them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unresolved
short_description: Returns the names that lead to no address, and warns of each
description:
  - Asks the resolver of the control node, which stands in for the clients', and gives up after three seconds. It is a
    warning and no failure - clients may know the names by other means.
options:
  _terms:
    description: The names.
    required: true
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Warn when the DNS lookup of a name fails
  ansible.builtin.set_fact:
    unresolved: "{{ query('llamakeep.fleet.unresolved', 'chat.example.org') }}"
"""

RETURN = r"""
_raw:
  description: Those of the names that lead nowhere
  type: list
  elements: str
"""

import socket
import threading
from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

display = Display()
PATIENCE = 3  # seconds for all names together


class LookupModule(LookupBase):
    """`query('llamakeep.fleet.unresolved', name, …)`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:  # noqa: ARG002 - Ansible's signature
        """Return the names that lead nowhere, and warn of each."""
        found: set[str] = set()
        # Daemons: a resolver that never answers must not hold the run.
        asking = [threading.Thread(target=_look, args=(name, found), daemon=True) for name in terms]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(PATIENCE)
        lost = [name for name in terms if name not in found]
        host = (variables or {}).get("inventory_hostname", "")
        for name in lost:
            display.warning(
                f"{host}: {name} leads to no address, as this machine sees it: nobody finds the gateway by that name "
                "before DNS, or the clients' hosts files, lead there"
            )
        return lost


def _look(name: str, found: set[str]) -> None:
    try:
        socket.getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return
    found.add(name)
