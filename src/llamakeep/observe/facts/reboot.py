"""What asks for a reboot: packages that say so, and a kernel that is newer than the running one."""

import re
from collections.abc import Sequence

from llamakeep.observe.facts.machine import is_container


def pending(running: str, said: dict[str, list[str]], kind: str) -> str:
    """Return what asks for a reboot; empty: nothing. A container runs on a kernel that is not its own.

    `needs-restarting` of RHEL is not asked: it writes to the logs of dnf, and takes a second.

    >>> pending("6.12.48+deb13-amd64", {"installed": ["6.12.48+deb13-amd64", "6.12.57+deb13-amd64"]}, "kvm")
    'kernel 6.12.57+deb13-amd64'
    """
    if said.get("asked"):
        packages = list(dict.fromkeys(said.get("package", ())))
        shown = ", ".join(packages[:3]) + (f" and {len(packages) - 3} more" if len(packages) > 3 else "")
        return shown or said["asked"][0]
    if is_container(kind):
        return ""
    newer = newest(running, said.get("installed", ()))
    return f"kernel {newer}" if newer else ""


def newest(running: str, installed: Sequence[str]) -> str | None:
    """Return the newest installed kernel of the running one's kind, where that is not the running one.

    >>> newest("6.8.0-45-generic", ("6.8.0-47-generic", "6.11.0-1-lowlatency", "0-rescue-d41d8cd98f00b204"))
    '6.8.0-47-generic'
    """
    flavour = _flavour(running)
    rivals = [kernel for kernel in installed if _flavour(kernel) == flavour]
    last = max(rivals, key=_order, default=running)
    return last if _order(last) > _order(running) else None


def _flavour(release: str) -> str:
    """Return what a release is called without its numbers.

    >>> _flavour("6.12.57+deb13-amd64"), _flavour("5.14.0-427.13.1.el9_4.x86_64"), _flavour("6.8.0-45-generic")
    ('amd64', 'x86_64', 'generic')
    """
    name = re.search(r"[-.](x86_64|aarch64|[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)$", release)
    return name[1] if name else release


def _order(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]
