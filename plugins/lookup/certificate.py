"""A host's certificate from the internal CA, for the role that puts it there."""

from __future__ import annotations

DOCUMENTATION = r"""
name: certificate
short_description: Returns a private key and a certificate for names, signed by the internal CA
description:
  - The internal CA lies in C(.ca/) beside the inventory, and is made where there is none; in check mode it is not kept.
  - Returns the certificate that the host has as long as it will do - it bears exactly these names, is signed by the
    present root and has more than 30 days left - and else a new one for 90 days, and says why.
  - Each evaluation makes another key. Keep the result by C(set_fact), with C(no_log).
options:
  _terms:
    description: The names and addresses of which the certificate has to hold.
    required: true
  present:
    description: The key and the certificate that the host has, as one text in PEM; empty where it has none.
    type: str
    default: ""
  given:
    description:
      - The key, the certificate and its chain that the operator gives. They are returned as they are, the internal CA
        is not asked, and one that will not do is refused; one that ends soon is warned of.
    type: str
    default: ""
  tell:
    description: Whether to return a table of C(pem) and C(why) in place of the text.
    type: bool
    default: false
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Have a certificate for both names
  ansible.builtin.set_fact:
    certificate: "{{ lookup('llamakeep.fleet.certificate', 'chat.example.org', 'api.example.org', present=present) }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - The private key and its certificate, as one text in PEM, without the root; with C(tell) a table of it as C(pem),
      and of the reason for which it is another one than the present as C(why), empty where it is the same.
  type: list
  elements: raw
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import (
    ca_files,
    ca_place,
    certificate_choice,
    internal_ca,
    leaf_certificate,
    operator_certificate,
)

display = Display()


class LookupModule(LookupBase):
    """`lookup('llamakeep.fleet.certificate', name, …, present=text)`."""

    def run(self, terms: Any, variables: Any = None, **options: Any) -> list[Any]:
        """Return the key and the certificate as one text, in a list of one."""
        arguments: dict[str, Any] = {"present": "", "given": "", "tell": False}
        unknown = [name for name in options if name not in arguments]
        if unknown:
            raise AnsibleError(f"certificate: {', '.join(unknown)} is no option of it; {', '.join(arguments)} are")
        arguments |= options
        asked = [name for term in terms for name in (term if isinstance(term, list) else [term])]
        try:
            names = leaf_certificate.names(asked)
            if arguments["given"]:
                pem, why = self._given(arguments["given"], names, variables or {})
            else:
                pem, why = self._certificate(names, arguments["present"] or "", variables or {})
        except Refusal as refusal:
            raise AnsibleError(str(refusal)) from refusal
        return [{"pem": pem, "why": why} if arguments["tell"] else pem]

    def _given(self, text: str, names: list[str], variables: Any) -> tuple[str, str]:
        moment = internal_ca.now()
        fault = operator_certificate.fault(text, names, moment)
        if fault:
            raise fault
        left = operator_certificate.days_left(text, moment)
        if left < operator_certificate.SOON.days:
            host = variables.get("inventory_hostname", "")
            display.warning(f"{host}: {certificate_choice.PLACE} ends in {left} days: give another one before")
        return text.rstrip("\n") + "\n", ""

    def _certificate(self, names: list[str], present: Any, variables: Any) -> tuple[str, str]:
        folder = ca_place.folder_of(variables)
        keep = not variables.get("ansible_check_mode", False)
        ca, is_new = ca_files.obtain(folder, ca_place.domains_of(variables), self._unseal, keep=keep)
        if is_new and keep:
            display.display(f"the internal CA was made: {folder}; `llamakeep ca show` says how clients trust it")
        moment = internal_ca.now()
        if ca.ends - moment < internal_ca.SOON:
            display.warning(f"{folder}: the internal CA ends on {ca.ends:%Y-%m-%d}: llamakeep ca renew")
        reason = leaf_certificate.fault(present, ca, names, moment)
        if not reason:
            return present.rstrip("\n") + "\n", ""  # as it was written, whatever trimmed it on the way
        leaf_certificate.refuse_unable(ca, names, moment, str(folder))
        host = variables.get("inventory_hostname", "")
        display.display(f"{host}: a new certificate for {', '.join(names)}: {reason}")
        return leaf_certificate.issue(ca, names, moment), reason

    def _unseal(self, path: Any) -> bytes:
        """Return what Ansible's vault holds in a file."""
        return str(self._loader.get_text_file_contents(str(path))).encode()
