#!/usr/bin/python
"""Closes the receipt that a converge leaves on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: receipt
short_description: Closes the receipt of a converge
description:
  - Enters the kit's version and a salted hash of each value that the host was converged from into
    C(/var/lib/llamakeep/receipt.json), and marks it complete. Where all of that stands there already, not a byte is
    written.
  - The action of the same name gathers the values; a play gives none.
options:
  kit:
    description: The kit's version.
    type: str
    required: true
  inputs:
    description: Option to value, as JSON. Only salted hashes of the values are kept, and nothing of it is logged.
    type: str
    required: true
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    description: Names what is new; values are not shown.
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Record the applied settings
  llamakeep.fleet.receipt:
"""

RETURN = r"""
news:
  description: Options whose value is another one than before; C(kit) and C(complete) where these are new.
  type: list
  elements: str
  returned: always
sha256:
  description: The sha256 of the receipt as it lies on the host, by which it can be known again.
  type: str
  returned: where there is a receipt
"""

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt


def main() -> None:
    """Answer the action."""
    spec = {
        "kit": {"type": "str", "required": True},
        "inputs": {"type": "str", "required": True, "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    news = receipt.complete(module.params["kit"], json.loads(module.params["inputs"]), write=not module.check_mode)
    after = "".join(f"{name}\n" for name in news)
    diff = {"before_header": receipt.PATH, "after_header": receipt.PATH, "before": "", "after": after}
    known = {"sha256": receipt.file_hash(receipt.PATH)} if os.path.exists(receipt.PATH) else {}
    module.exit_json(changed=bool(news), news=news, diff=[diff] if news else [], **known)


if __name__ == "__main__":
    main()
