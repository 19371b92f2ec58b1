#!/usr/bin/python
"""Describes the action `refuse`; nothing of it runs on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: refuse
short_description: Fails with what the operator must know before the role can go on
description:
  - An answer to the operator has a place, a finding, an expectation and a remedy, and a code that stays when the words
    change. The task fails with them as one text, and returns them as data.
  - Runs on the control node alone.
options:
  id:
    description: The code, in lower case with hyphens, such as V(archive-without-hash).
    type: str
  place:
    description: The option that is spoken of. Without one the text begins with what was found.
    type: str
  found:
    description: What was found there.
    type: str
  expected:
    description: What would do.
    type: str
  remedy:
    description: What to do about it.
    type: str
  refusals:
    description: Several at once, as the lookups of this collection return them.
    type: list
    elements: dict
    suboptions:
      id:
        description: The code.
        type: str
      place:
        description: The option that is spoken of.
        type: str
      found:
        description: What was found there.
        type: str
        required: true
      expected:
        description: What would do.
        type: str
      remedy:
        description: What to do about it.
        type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: preflight | Fail when only one of archive URL and hash is set
  llamakeep.fleet.refuse:
    id: archive-without-hash
    place: ollama_archive_url, ollama_archive_sha256
    found: only one of the two is set
    expected: both, or neither
    remedy: set the other one as well
  when: (ollama_archive_url | length > 0) != (ollama_archive_sha256 | length > 0)
"""

RETURN = r"""
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: always
"""
