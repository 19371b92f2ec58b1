"""testinfra's ways to a host, with the passwords that some need: never as an argument, which all could read."""

import os
import subprocess
from typing import Any

from testinfra.backend.base import CommandResult
from testinfra.backend.local import LocalBackend
from testinfra.backend.ssh import SshBackend
from testinfra.host import Host


class _WithPasswords:
    """Answers sudo by stdin and sshpass by the environment; where there is no password, sudo asks for none."""

    sudo_password: str | None = None
    ssh_password: str | None = None

    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        """Have sudo read its password from stdin, or fail at once where it would ask."""
        how = "-n" if self.sudo_password is None else "-S -p ''"
        who = f"-u {self.quote('%s', sudo_user)} " if sudo_user else ""  # type: ignore[attr-defined]
        return f"sudo {how} {who}/bin/sh -c {self.quote('%s', command)}"  # type: ignore[attr-defined]

    def run_local(self, command: str, *args: str) -> CommandResult:
        """Run a command of the control node."""
        line = self.encode(self.quote(command, *args))  # type: ignore[attr-defined]
        given = "" if self.sudo_password is None else f"{self.sudo_password}\n"
        environment = dict(os.environ) if self.ssh_password is None else os.environ | {"SSHPASS": self.ssh_password}
        done = subprocess.run(  # noqa: S602 - testinfra's own way, every argument is quoted
            line, shell=True, input=given.encode(), env=environment, capture_output=True, check=False
        )
        return self.result(done.returncode, b"", done.stdout, done.stderr)  # type: ignore[attr-defined]


class _Ssh(_WithPasswords, SshBackend):  # type: ignore[misc]
    """Over ssh."""

    def _build_ssh_command(self, command: str) -> tuple[list[str], list[str]]:
        words, arguments = super()._build_ssh_command(command)
        return (words if self.ssh_password is None else ["sshpass -e", *words]), arguments


class _Local(_WithPasswords, LocalBackend):  # type: ignore[misc]
    """On this machine."""


def with_passwords(host: Host, *, sudo: str | None, ssh: str | None) -> Host:
    """Return a host that is reached as `host` is, and answers who asks for a password."""
    backend = host.backend
    way: Any = object.__new__(_Ssh if isinstance(backend, SshBackend) else _Local)
    vars(way).update(vars(backend), sudo_password=sudo, ssh_password=ssh)
    return Host(way)
