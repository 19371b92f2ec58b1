"""Whose a process is: the unit or the container that its control group names."""

import re

_UNIT = re.compile(r"[^/]+\.(?:service|scope|socket)(?=/|$)")
_CONTAINER = re.compile(r"[-/:](?P<id>[0-9a-f]{64})(?:\.scope)?|/lxc(?:\.payload\.|/)(?P<name>[^/]+)")


def owner(cgroup: str) -> str:
    """Return the unit or `container <id>` in the path of a control group; empty: neither.

    >>> owner("/lxc.payload.chat/init.scope"), owner("/system.slice/ollama.service")
    ('container chat', 'ollama.service')
    """
    container = _CONTAINER.search(cgroup)
    if container:
        return f"container {container['name'] or container['id'][:12]}"
    units = [unit for unit in _UNIT.findall(cgroup) if unit != "init.scope"]
    if units[1:] and units[0].startswith("user@"):
        return f"{units[0]}: {units[-1]}"  # a user's own unit may have the name of one of the host's
    return units[-1] if units else ""


def owners(lines: list[str]) -> dict[int, str]:
    """Return pid -> owner from the lines of `grep -H . /proc/<pid>/cgroup`; that of pid 1 is the host's own.

    >>> owners(["/proc/812/cgroup:0::/system.slice/ollama.service"])
    {812: 'ollama.service'}
    """
    rows = [re.match(r"/proc/(\d+)/cgroup:(?:0:|\d+:name=systemd):(/.*)$", line) for line in lines]
    # Where both hierarchies are mounted, one of the two may know nothing but its root.
    paths = dict(sorted((int(row[1]), row[2]) for row in rows if row))
    root = re.sub(r"/init\.scope$", "", paths.get(1, ""))
    return {pid: owner(path.removeprefix(root)) for pid, path in paths.items()}
