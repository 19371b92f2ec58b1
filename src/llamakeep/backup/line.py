"""A host's own backup program, run over the inventory's connection: what it takes and gives passes piece by piece."""

import hashlib
import json
import os
import shlex
import subprocess
import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Host
from llamakeep.verify import transport

PROGRAM = ("/usr/bin/python3", "-IBS", "/opt/llamakeep/libexec/open-webui-backup")
PIECE = 1 << 20
_PUT_BACK = 1  # the program's status where it tried, and took everything back
_UNREACHED = 255  # ssh's own status


class PutBack(Refusal):
    """It did not work; what was there before is back."""


class Line:
    """One host; `folder` is private, and there as long as the line is in use."""

    def __init__(self, host: Host, folder: Path) -> None:
        """Take a host of the inventory."""
        self._host = host
        self._config = transport.ssh_config([host], folder)

    def ask(self, *words: str, given: BinaryIO | None = None) -> dict[str, Any]:
        """Run a verb and return its answer; `given` is what it reads, such as an archive."""
        with self._start(words) as process:
            writer = threading.Thread(target=self._feed, args=(process, given), daemon=True)
            writer.start()
            said = _read(process.stdout)
            self._end(process)
            writer.join()
        answer: dict[str, Any] = json.loads(said)
        return answer

    def draw(self, *words: str, into: BinaryIO) -> str:
        """Run a verb, write what it gives into a file, and return the sha256 of that."""
        hashed = hashlib.sha256()
        with self._start(words) as process:
            self._feed(process, None)
            while process.stdout and (piece := process.stdout.read(PIECE)):
                hashed.update(piece)
                into.write(piece)
            self._end(process)
        return hashed.hexdigest()

    def _start(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        try:
            return subprocess.Popen(self._words([*self._sudo(), *PROGRAM, *words]), env=self._environment(), **pipes)
        except FileNotFoundError as error:
            raise Refusal(
                self._host.name,
                f"{error.filename} is not on this machine",
                id="program-missing-here",
                remedy="install it",
            ) from error

    def _environment(self) -> dict[str, str]:
        secret = self._host.connection.password
        return {**os.environ, **({} if secret is None else {"SSHPASS": secret.get_secret_value()})}

    def _words(self, remote: list[str]) -> list[str]:
        """Return what runs here so that this runs there."""
        connection = self._host.connection
        if connection.kind == "local":
            return remote
        if connection.kind == "docker":
            return ["docker", "exec", "--interactive", connection.address, *remote]
        others = transport.other_arguments(connection.ssh_options)
        ssh = ["ssh", "-T", "-F", str(self._config), *others, self._host.name, shlex.join(remote)]
        return ssh if connection.password is None else ["sshpass", "-e", *ssh]

    def _sudo(self) -> list[str]:
        connection = self._host.connection
        is_root = os.geteuid() == 0 if connection.kind == "local" else connection.user == "root"
        if is_root or not connection.become or connection.kind == "docker":
            return []
        return ["sudo", "-k", "-S", "-p", ""] if self._sudo_asks else ["sudo", "-n"]

    @cached_property
    def _sudo_asks(self) -> bool:
        """Whether sudo wants a password: one that it does not read would be a part of what the program is given."""
        if self._host.connection.become_password is None:
            return False
        done = subprocess.run(
            self._words(["sudo", "-k", "-n", "true"]), env=self._environment(), capture_output=True, check=False
        )
        return done.returncode != 0

    def _feed(self, process: subprocess.Popen[bytes], given: BinaryIO | None) -> None:
        """Write sudo's password, where there is one, and then what the program reads."""
        secret = self._host.connection.become_password
        if process.stdin is None:
            return
        with suppress(BrokenPipeError), process.stdin as pipe:
            if secret is not None and self._sudo_asks and self._sudo():
                pipe.write(f"{secret.get_secret_value()}\n".encode())
            while given and (piece := given.read(PIECE)):
                pipe.write(piece)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end, and pass on what the program refused."""
        said = _read(process.stderr).strip()
        code = process.wait()
        if code == 0:
            return
        name = self._host.name
        if code == _UNREACHED and self._host.connection.kind == "ssh":
            raise Refusal(
                name,
                said or "ssh could not reach it",
                id="host-unreachable",
                remedy="llamakeep observe says what is wrong",
            )
        if "can't open file" in said:
            raise Refusal(
                name, "it has no program for backups", id="backup-program-missing", remedy="llamakeep up brings it"
            )
        if code == _PUT_BACK and "Traceback" not in said:
            raise PutBack(name, said, id="restore-rolled-back")
        raise Refusal(
            name,
            said.splitlines()[-1] if "Traceback" in said else said or f"ended with status {code}",
            id="backup-program-failed",
        )


def _read(stream: Any) -> str:
    return (stream.read() if stream else b"").decode(errors="replace")
