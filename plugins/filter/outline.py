"""What a role's table says of what it manages, without what stands in its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: outline
short_description: Returns a table of what a role manages, without what stands in its files
description:
  - Takes the table of a role, C(__<role>_managed), and of each item only what says where it is and what takes it anew.
    Nothing else is evaluated; what stands in a file may be known on the host alone.
options:
  _input:
    description: The table.
    type: dict
    required: true
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Show which files a role would lay
  ansible.builtin.debug:
    msg: "{{ (__ollama_managed | llamakeep.fleet.outline).files }}"
"""

RETURN = r"""
_value:
  description: The same table with C(units), C(links), C(files), C(folders) and C(doors), each item with few keys.
  type: dict
"""

KEYS = {
    "units": ("name", "state", "enabled", "sealed"),
    "links": ("path", "to", "restarts"),
    "files": ("path", "restarts", "reloads"),
    "folders": ("path",),
    "doors": ("name", "into", "out_of", "port", "at", "to", "inside", "groups", "users", "tls", "verified_as"),
}


def outline(table: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the table without what is not asked for.

    >>> outline({"files": [{"path": "/etc/x", "content": "{{ nobody knows yet }}"}]})["files"]
    [{"path": "/etc/x"}]
    """
    return {
        part: [{key: item[key] for key in keys if key in item} for item in table.get(part) or ()]
        for part, keys in KEYS.items()
    }


class FilterModule:
    """The filter `llamakeep.fleet.outline`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"outline": outline}
