"""What stands in the way on one host, before anything is touched."""

from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, System
from llamakeep.plan.plan import Finding
from llamakeep.plan.port import port_taken
from llamakeep.plan.room import no_room

ARCHITECTURES = ("amd64", "arm64")
OLDEST_PYTHON = (3, 9)


def findings_for(host: Host, seen: HostFacts) -> tuple[Finding, ...]:
    """Return what the operator must know; blocking ones first."""
    if not seen.reachable:
        return (_unreachable(host, seen),)
    found = [*_gaps(seen)]
    if seen.system is not None:
        found += [*_rights(host, seen.system), *_platform(host, seen.system)]
    found += [*port_taken(host, seen), *no_room(host, seen), *_accelerator(seen)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "blocking"))


def _unreachable(host: Host, seen: HostFacts) -> Finding:
    """Say why a host cannot be reached, and what may help."""
    address = host.connection.address
    if "not in known_hosts" in seen.unreachable:
        remedy = f"compare its key with the one that it has, then: ssh-keyscan {address} >> ~/.ssh/known_hosts"
    elif "not the one in known_hosts" in seen.unreachable:
        remedy = f"if the host was installed anew: ssh-keygen -R {address}, then add its new key"
    else:
        user = f"{host.connection.user}@" if host.connection.user else ""
        remedy = f"does `ssh {user}{address}` work from here?"
    return Finding(severity="blocking", found=f"cannot be reached: {seen.unreachable}", remedy=remedy)


def _gaps(seen: HostFacts) -> Iterator[Finding]:
    """Report the questions that went unanswered; without knowing the machine nothing is touched."""
    for gap in seen.gaps:
        severity = "blocking" if seen.system is None and gap.startswith("system") else "warning"
        yield Finding(severity=severity, found=f"could not be seen: {gap}")  # type: ignore[arg-type]


def _rights(host: Host, system: System) -> Iterator[Finding]:
    """Refuse a host on which we can neither be root nor run modules."""
    user = host.connection.user or "the ssh user"
    if system.root == "no" and not host.connection.become:
        yield Finding(
            severity="blocking",
            found=f"{user} is not root, and ansible_become is false",
            remedy="remove ansible_become, or connect as root",
        )
    elif system.root == "no":
        yield Finding(
            severity="blocking",
            found=f"{user} is not root, and there is no sudo on the host",
            remedy="install sudo and let the user use it, or connect as root",
        )
    elif system.root == "sudo asks for a password":
        given = host.connection.become_password is not None
        yield Finding(
            severity="blocking",
            found=f"sudo refuses {user} the password that the inventory gives"
            if given
            else f"sudo asks {user} for a password",
            expected="sudo without a password, or with the one in ansible_become_password",
            remedy="set ansible_become_password (vaulted) for this host, or NOPASSWD in its sudoers",
        )
    if system.python is None:
        yield Finding(
            severity="blocking",
            found="there is no Python 3 on the host",
            expected="Python 3.9 or newer",
            remedy="apt-get install python3, or set ansible_python_interpreter",
        )
    elif tuple(map(int, system.python.split(".")[:2])) < OLDEST_PYTHON:
        yield Finding(
            severity="blocking",
            found=f"its Python is {system.python}",
            expected="Python 3.9 or newer",
            remedy="set ansible_python_interpreter to a newer one",
        )


def _platform(host: Host, system: System) -> Iterator[Finding]:
    """Refuse a machine for which there is no release, or no systemd to seal the service."""
    if system.os == "darwin":
        yield Finding(severity="blocking", found=f"it runs {system.os_name}", expected="Linux")
        return
    if not system.init.startswith("systemd"):
        yield Finding(
            severity="blocking",
            found=f"there is no systemd: its first process is {system.init}",
            expected="systemd, which seals the service",
            remedy="take it out of llm_hosts",
        )
    if system.architecture not in ARCHITECTURES:
        yield Finding(
            severity="blocking",
            found=f"its architecture is {system.architecture}",
            expected=" or ".join(ARCHITECTURES),
            remedy="take it out of llm_hosts",
        )
    elif host.ollama is not None and f"linux-{system.architecture}" not in host.ollama.archives:
        yield Finding(
            severity="blocking",
            found=f"ollama {host.ollama.version} has no archive for linux-{system.architecture} in the lock",
            expected=f"one beside {', '.join(sorted(host.ollama.archives))}",
            remedy="set ollama_version to a release that has one",
        )


def _accelerator(seen: HostFacts) -> Iterator[Finding]:
    """Warn of a GPU that is there and cannot be used: Ollama would take the CPU and not say so."""
    accelerator = seen.accelerator
    if accelerator is not None and accelerator.kind == "broken":
        played = " (simulated)" if accelerator.simulated else ""
        yield Finding(
            severity="warning",
            found=f"nvidia-smi does not see a usable GPU{played}: {accelerator.detail}",
            expected="a row for each GPU",
            remedy="repair the driver: until then Ollama uses the CPU, and does not say so",
        )
