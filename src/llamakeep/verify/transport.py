"""The hosts as testinfra reaches them: the inventory's connections, host keys always checked."""

import json
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import testinfra
from pydantic import SecretStr
from testinfra.host import Host as Reached

from llamakeep.inventory.fleet import Connection, Host
from llamakeep.verify import bundle
from llamakeep.verify.backend import with_passwords

# The first value that ssh obtains for an option wins: the inventory's stand before these.
_ALWAYS = {
    "StrictHostKeyChecking": "yes",
    "BatchMode": "yes",
    "KexAlgorithms": "^curve25519-sha256",  # the post-quantum default costs most of a cold connection
    "ControlMaster": "auto",
    "ControlPersist": "20s",
    "ServerAliveInterval": "10",
    "ServerAliveCountMax": "3",
    "LogLevel": "ERROR",
}


def ssh_config(hosts: Iterable[Host], folder: Path) -> Path:
    """Write one ssh_config for all hosts; the operator's own is read after it, for jump hosts and the like."""
    lines = []
    for host in hosts:
        if host.connection.kind == "ssh":
            lines += [f"Host {host.name}", *(f"  {line}" for line in _of_one(host.connection, folder))]
    # `-F` replaces the files that ssh reads by itself.
    lines += ["Match all", "  Include ~/.ssh/config", "  Include /etc/ssh/ssh_config"]
    path = folder / "ssh_config"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def reach(host: Host, config: Path) -> Reached:
    """Return the host as testinfra speaks to it."""
    connection = host.connection
    sudo = connection.become and (os.geteuid() != 0 if connection.kind == "local" else connection.user != "root")
    if connection.kind == "docker":
        return testinfra.get_host(f"docker://{connection.address}")  # as the container's own user, root
    if connection.kind == "ssh":
        others = shlex.join(other_arguments(connection.ssh_options))
        options = {"ssh_config": str(config), "ssh_extra_args": others, "controlpersist": 0}
        reached = testinfra.get_host(f"ssh://{host.name}", sudo=sudo, **options)
    else:
        reached = testinfra.get_host("local://", sudo=sudo)
    return with_passwords(reached, sudo=_plain(connection.become_password), ssh=_plain(connection.password))


def ask(host: Host, reached: Reached, verb: str, request: dict[str, Any], limit: int) -> dict[str, Any]:
    """Run one probe on a host, in one round trip, and return its answer; raise OSError where there is none."""
    loader, packed = bundle.arguments(verb, request, limit)
    try:
        done = reached.run("%s -c %s %s", host.connection.python or "python3", loader, packed)
    except RuntimeError as failure:  # testinfra's way of saying that ssh itself failed
        raise OSError(_last_line(str(getattr(failure.args[0], "stderr", failure)))) from failure
    if done.rc != 0:
        raise OSError(_last_line(done.stderr) or f"the probe ended with status {done.rc}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _of_one(connection: Connection, folder: Path) -> list[str]:
    lines = [f"HostName {connection.address}", f"Port {connection.port}"]
    if connection.user:
        lines.append(f"User {connection.user}")
    if connection.private_key:
        lines += [f'IdentityFile "{connection.private_key}"', "IdentitiesOnly yes"]
    lines += [f"{name} {_quoted(value)}" for name, value in _settings(connection.ssh_options)]
    lines += ["BatchMode no"] if connection.password else []  # sshpass answers the question
    lines += [f"{name} {value}" for name, value in _ALWAYS.items()]
    lines.append(f"ControlPath {folder}/%C")
    return lines


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _settings(options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return what `-o Name=value` says, however it is spaced."""
    found = []
    for text in _values_of_o(options):
        name, _, value = text.replace("=", " ", 1).strip().partition(" ")
        found.append((name, value.strip()))
    return found


def _values_of_o(options: tuple[str, ...]) -> Iterable[str]:
    rest = iter(options)
    for option in rest:
        if option == "-o":
            yield next(rest, "")
        elif option.startswith("-o"):
            yield option[2:]


def other_arguments(options: tuple[str, ...]) -> list[str]:
    """Return what is not `-o`: a jump host, another port."""
    kept, rest = [], iter(options)
    for option in rest:
        if option == "-o":
            next(rest, None)
        elif not option.startswith("-o"):
            kept.append(option)
    return kept


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value and not value.startswith('"') else value


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
