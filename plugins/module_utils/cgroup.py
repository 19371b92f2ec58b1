"""Whose a process is: the unit or the container that its control group names."""

from __future__ import annotations

import re
from typing import NamedTuple

_UNIT = re.compile(r"[^/]+\.(?:service|scope|socket)(?=/|$)")
_CONTAINER = re.compile(r"[-/:](?P<id>[0-9a-f]{64})(?:\.scope)?(?=/|$)|/lxc(?:\.payload\.|/)(?P<name>[^/]+)")
_OF_SYSTEMD = re.compile(r"^(?:0:|\d+:name=systemd):(?P<path>/.*)$", re.MULTILINE)


class Owner(NamedTuple):
    """To whom a process belongs; both empty: to nobody that could be named."""

    unit: str = ""  # "ollama.service"; of a user's own manager "user@1000.service: ollama.service"
    container: str = ""  # the first digits of its id, or its name

    def __str__(self) -> str:
        return f"container {self.container}" if self.container else self.unit


def owner(cgroup: str, of_init: str = "") -> Owner:
    r"""Return the owner of a process from its /proc/<pid>/cgroup, given that of pid 1.

    A host that is itself a container sees its own container's folder above everything: that says nothing.

    >>> owner("0::/system.slice/ollama.service\n", "0::/init.scope\n")
    Owner(unit='ollama.service', container='')
    >>> owner("0::/system.slice/docker-4f1ba0c5e1d2….scope/system.slice/ollama.service\n", "0::/init.scope\n")
    Owner(unit='', container='4f1ba0c5e1d2')
    """
    above = re.sub(r"/init\.scope$", "", _path(of_init)).rstrip("/")
    path = _path(cgroup)
    path = path[len(above) :] if path.startswith(f"{above}/") or path == above else path
    container = _CONTAINER.search(path)
    if container:
        return Owner(container=container["name"] or container["id"][:12])
    units = [unit for unit in _UNIT.findall(path) if unit != "init.scope"]
    if units[1:] and units[0].startswith("user@"):
        return Owner(f"{units[0]}: {units[-1]}")  # a user's own unit may have the name of one of the host's
    return Owner(units[-1] if units else "")


def _path(cgroup: str) -> str:
    """Return the path that systemd knows: where both hierarchies are mounted, one may know nothing but its root."""
    return max((row["path"] for row in _OF_SYSTEMD.finditer(cgroup)), default="")
