"""Whose a process is: the unit or the container that its control group names."""

import re

from ansible_collections.llamakeep.fleet.plugins.module_utils.cgroup import owner


def owners(lines: list[str]) -> dict[int, str]:
    """Return pid -> owner from the lines of `grep -H . /proc/<pid>/cgroup`; that of pid 1 is the host's own.

    >>> owners(["/proc/812/cgroup:0::/system.slice/ollama.service"])
    {812: 'ollama.service'}
    """
    cgroups: dict[int, str] = {}
    for line in lines:
        if row := re.match(r"/proc/(\d+)/cgroup:((?:0:|\d+:name=systemd):/.*)$", line):
            cgroups[int(row[1])] = f"{cgroups.get(int(row[1]), '')}{row[2]}\n"
    return {pid: str(owner(text, cgroups.get(1, ""))) for pid, text in cgroups.items()}
