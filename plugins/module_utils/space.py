"""Room on the disks of this host."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

# A disk filled to its last byte stops more than this kit: so much stays free.
RESERVE = 64 * 1024 * 1024


def ground(path: str) -> str:
    """Return the deepest folder of a path that exists already.

    >>> ground("/opt/no/such/folder")
    '/opt'
    """
    path = os.path.realpath(path)
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def free(path: str) -> int:
    """Return the bytes that an unprivileged user may still write at a path, which need not exist yet."""
    disk = os.statvfs(ground(path))
    return disk.f_bavail * disk.f_frsize


def refusals(needs: list[dict[str, Any]]) -> list[Refusal]:
    """Return a refusal for every disk that is too small for what is to come onto it.

    Takes `[{"path": "/usr/share/ollama/.ollama/models", "bytes": 4402341478, "why": "mistral:7b"}]`;
    needs that fall on the same disk are added up.
    """
    disks: dict[int, list[dict[str, Any]]] = {}
    for need in needs:
        if need["bytes"] > 0:
            disks.setdefault(os.stat(ground(need["path"])).st_dev, []).append(need)
    found = []
    for together in disks.values():
        needed = sum(need["bytes"] for need in together)
        there = free(together[0]["path"])
        if needed + RESERVE > there:
            found.append(_refusal(together, needed, there))
    return found


def _refusal(needs: list[dict[str, Any]], needed: int, there: int) -> Refusal:
    parts = ", ".join(f"{readable(need['bytes'])} for {need['why']}" for need in needs)
    return Refusal(
        " and ".join(dict.fromkeys(need["path"] for need in needs)),
        f"{readable(there)} free on this disk ({there} bytes)",
        id="disk-too-small",
        expected=f"{readable(needed)} for what is to come ({parts}), and {readable(RESERVE)} to spare",
        remedy=f"make room there, or choose a path on another disk ({ground(needs[0]['path'])} was measured)",
    )
