"""Whether the machine itself will do: rights, programs, architecture, clock."""

import re
from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import duration
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.played import GROUPS_OF

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import System
from llamakeep.plan.plan import Finding

ARCHITECTURES = ("amd64", "arm64")
OLDEST_PYTHON = (3, 9)

# Of HAProxy 3.0: redispatch beside a server of one connection while nobody serves, which is how a door holds. Fixed
# in 3.0.6.
_ENDLESS = {(3, 0, 4), (3, 0, 5)}
_CLOCK = 60  # seconds
_DAY = 24 * 3600
_KERNEL_OR_DRIVER = re.compile(r"kernel|linux-|nvidia|cuda|amdgpu|driver|restart required", re.IGNORECASE)


def machine_findings(host: Host, system: System) -> Iterator[Finding]:
    """Return what stands against a machine."""
    yield from _rights(host, system)
    yield from _python(system)
    yield from _platform(host, system)
    yield from _clock(system)
    yield from _reboot(system)
    yield from _haproxy(host, system)


def _rights(host: Host, system: System) -> Iterator[Finding]:
    """Refuse a host on which we cannot be root."""
    if system.is_root:
        return
    user, method = host.connection.user or "the ssh user", host.connection.become_method
    if not host.connection.become:
        yield Finding(
            id="become-disabled",
            severity="blocking",
            found=f"{user} is not root, and ansible_become is false",
            remedy="remove ansible_become, or connect as root",
        )
    elif system.root in (f"{method} asks for a password", f"{method} refuses the password"):
        given = host.connection.become_password is not None
        yield Finding(
            id="become-password-refused",
            severity="blocking",
            found=f"{method} refuses {user} the password that the inventory gives"
            if given
            else f"{method} asks {user} for a password",
            expected=f"{method} without a password, or with the one in ansible_become_password",
            remedy="set ansible_become_password (vaulted) for this host"
            + (", or NOPASSWD in its sudoers" if method == "sudo" else ""),
        )
    else:
        yield Finding(
            id="become-failed",
            severity="blocking",
            found=f"{user} does not become root by {method}" + ("" if system.root == "no" else f": {system.root}"),
            expected="root, as `ansible -b -m ping` becomes it",
            remedy=f"see that {method} is there and lets {user}, or connect as root",
        )


def _python(system: System) -> Iterator[Finding]:
    """Refuse a host whose Python cannot run modules."""
    if system.python is None:
        yield Finding(
            id="python-missing",
            severity="blocking",
            found="there is no Python 3 on the host",
            expected="Python 3.9 or newer",
            remedy="apt-get install python3, or set ansible_python_interpreter",
        )
    elif tuple(map(int, re.findall(r"\d+", system.python)[:2])) < OLDEST_PYTHON:
        yield Finding(
            id="python-too-old",
            severity="blocking",
            found=f"its Python is {system.python}",
            expected="Python 3.9 or newer",
            remedy="set ansible_python_interpreter to a newer one",
        )


def _platform(host: Host, system: System) -> Iterator[Finding]:
    """Refuse a machine for which there is no release, or no systemd to seal the service."""
    if system.os == "macos":
        yield Finding(
            id="distribution-unsupported",
            severity="blocking",
            found=f"it runs {system.os_name}",
            expected="Linux",
            remedy=f"take it out of {_groups(host)}",
        )
        return
    if not system.init.startswith("systemd"):
        yield Finding(
            id="no-systemd",
            severity="blocking",
            found=f"there is no systemd: its first process is {system.init}",
            expected="systemd, which seals the services",
            remedy=f"take it out of {_groups(host)}",
        )
    if system.architecture not in ARCHITECTURES:
        yield Finding(
            id="architecture-unsupported",
            severity="blocking",
            found=f"its architecture is {system.architecture}",
            expected=" or ".join(ARCHITECTURES),
            remedy=f"take it out of {_groups(host)}",
        )


def _groups(host: Host) -> str:
    """Return the groups for which a host is managed.

    >>> _groups(host)
    'llm_hosts and chat_hosts'
    """
    given = {group for service in host.services for group in GROUPS_OF.get(service, ())}
    return " and ".join(group for group in dict.fromkeys(_all_groups()) if group in given and group in host.groups)


def _all_groups() -> Iterator[str]:
    for groups in GROUPS_OF.values():
        yield from groups


def _clock(system: System) -> Iterator[Finding]:
    off = system.clock_off
    if off is None or abs(off) <= _CLOCK:
        return
    span = f"{abs(off) / _DAY:.0f} days" if abs(off) > 2 * _DAY else duration(abs(off))
    yield Finding(
        id="clock-off",
        severity="warning",
        found=f"its clock is {span} {'ahead' if off > 0 else 'behind'}",
        expected="the time of this machine, give or take a minute: certificates and logs are held against it",
        remedy="timedatectl set-ntp true, with a time server that the host can reach",
    )


def _haproxy(host: Host, system: System) -> Iterator[Finding]:
    """Refuse a HAProxy that cannot hold requests: its doors would take a whole core and answer nobody."""
    version = tuple(int(number) for number in re.findall(r"\d+", system.haproxy.partition("-")[0])[:3])
    if version in _ENDLESS and any(one.managed.doors for one in host.services.values()):
        yield Finding(
            id="haproxy-cannot-hold",
            severity="blocking",
            found=f"HAProxy {system.haproxy} loops endlessly where a request waits for a service that is away",
            expected="3.0.6 or newer, or a release before 3.0.4",
            remedy="install a newer haproxy on it, such as from the distribution's updates or haproxy.org's packages",
        )


def _reboot(system: System) -> Iterator[Finding]:
    """Warn of a reboot that a kernel or a driver waits for; other programs do without."""
    if _KERNEL_OR_DRIVER.search(system.reboot_pending):
        yield Finding(
            id="reboot-pending",
            severity="warning",
            found=f"it waits for a reboot: {system.reboot_pending}",
            expected="the kernel and the driver that are installed",
            remedy="reboot before the models are brought: a driver that was updated while it ran loses the GPU",
        )
