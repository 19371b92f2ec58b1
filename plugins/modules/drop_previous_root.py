#!/usr/bin/python
"""Describes the action `drop_previous_root`; nothing of it runs on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drop_previous_root
short_description: Ends the time in which a fleet trusts the root before beside the present one
description:
  - When every host that shows certificates has one from the present root, the root before goes from C(.ca/hosts/)
    beside the inventory; the next run takes it from the hosts. While one has none, nothing happens.
  - Runs on the control node alone.
options: {}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Stop trusting the previous root at the next run
  llamakeep.fleet.drop_previous_root:
  run_once: true
"""

RETURN = r"""
missing: {type: list, elements: str, returned: success, description: Hosts for which the root before is still needed}
"""
