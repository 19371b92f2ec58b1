"""One host of a lab that exists: what a test or a bench does with it."""

import io
import re
import socket
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, cast

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from llamakeep.errors import Refusal
from llamakeep_lab import patience
from llamakeep_lab.part import Part

NAMES_AGAIN = "/usr/lib/llamakeep-lab/names"  # on a host whose rules are all gone: how it finds names again


@dataclass(frozen=True)
class Ran:
    """What a command on a host left behind."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class File:
    """A file to be put on a host."""

    content: bytes
    mode: int = 0o644
    link: str = ""  # where it points to, for a symbolic link


@dataclass(frozen=True)
class Machine:
    """One container that boots a real Debian with systemd."""

    part: Part
    container: Container = field(repr=False)
    address4: str
    address6: str
    release: str

    @property
    def name(self) -> str:
        """Its name in the inventory, `llm1`."""
        return self.part.name

    @property
    def pid(self) -> int:
        """The number of its first process on this machine: the way into its network."""
        self.container.reload()  # it is another one after each start
        return int(self.container.attrs["State"]["Pid"])

    def exec(
        self, argv: Sequence[str], *, user: str = "root", check: bool = True, timeout: int = patience.COMMAND
    ) -> Ran:
        """Run a command on the host, past ssh; raise Refusal when it fails and `check` is left on."""
        bounded = ["timeout", "--kill-after=5", str(timeout), *argv]
        code, streams = cast(
            "tuple[int, tuple[bytes | None, bytes | None]]",
            self.container.exec_run(bounded, user=user, demux=True),
        )
        out, err = ((stream or b"").decode(errors="replace") for stream in streams)
        ran = Ran(code, out, err)
        if check and code != 0:
            said = (ran.stderr or ran.stdout).strip()
            raise Refusal(
                f"{self.name}: {' '.join(argv)}",
                f"exit code {code}: {said}",
                id="lab-command-failed",
                expected="exit code 0",
            )
        return ran

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Write one file, also into a folder that is a mount on the running host, such as /run or /tmp."""
        self.put_all({path: File(content, mode)})

    def put_all(self, files: Mapping[str, File]) -> None:
        """Write files in one go, also before the host has ever booted; then none may lie on a mount."""
        packed = pack(files)
        if self._gone():
            self.container.put_archive("/", packed)
        else:
            # The engine's own way would leave a dozen mounts on a running host, each time; a seal copies all of them.
            feed(self.container, ["tar", "--extract", "--file=-", "--directory=/", "--no-same-owner"], packed)

    def read(self, path: str) -> bytes | None:
        """Return a file of the host's disk; None where there is none."""
        return read(self.container, path)

    def wait(self, seconds: int = patience.BOOT) -> None:
        """Return when systemd has booted and sshd answers from here; say which did not in time."""
        deadline = time.monotonic() + seconds
        state = ""
        while state not in {"running", "degraded"}:
            state = self._state(max(1, int(deadline - time.monotonic())))
            if time.monotonic() > deadline:
                log = self.container.logs(tail=20).decode(errors="replace")
                raise Refusal(
                    f"{self.name}: systemd",
                    f"is {state or 'not up'} after {seconds} s\n{log}",
                    id="systemd-not-up",
                    remedy=f"docker exec {self.container.name} systemctl list-jobs",
                )
            time.sleep(0.2)
        self._wait_for_ssh(deadline)

    def _state(self, seconds: int) -> str:
        """Return what systemd says of itself once it has booted; sooner where it cannot be asked yet."""
        try:
            # To ask again and again costs more than the boot itself.
            ran = self.exec(["systemctl", "is-system-running", "--wait"], check=False, timeout=seconds)
        except APIError as error:
            # Between the question and the last look it may have ended: the engine then says that there is a conflict.
            if not self._gone():
                raise Refusal(self.name, f"the engine says: {error.explanation}", id="docker-refused") from error
            ran = Ran(1, "", "is not running")
        if "is not running" in ran.stderr or self._gone():
            raise ended(self.name, str(self.container.name), self.container.logs(tail=5).decode(errors="replace"))
        return ran.stdout.strip()

    def _gone(self) -> bool:
        self.container.reload()
        return self.container.status != "running"

    def _wait_for_ssh(self, deadline: float) -> None:
        while True:
            try:
                with socket.create_connection((self.address4, 22), timeout=2) as ssh:
                    if ssh.recv(4) == b"SSH-":
                        return
                    reason = "closed the connection"
            except OSError as error:
                reason = str(error)
            if time.monotonic() > deadline:
                raise Refusal(
                    f"{self.name}: {self.address4} port 22",
                    f"does not answer from here: {reason}",
                    id="ssh-not-answering",
                    expected="the engine's networks to be reachable from this machine, as on Linux",
                    remedy="Docker Desktop keeps them inside its own virtual machine: use an engine on Linux",
                )
            time.sleep(0.1)


def feed(container: Container, argv: Sequence[str], content: bytes) -> None:
    """Run a command in a container with `content` on its stdin; raise Refusal when it fails."""
    api = cast("docker.DockerClient", container.client).api
    ran = api.exec_create(container.id, list(argv), stdin=True, stdout=True, stderr=True)
    stream: Any = api.exec_start(ran["Id"], socket=True)
    line: socket.socket = getattr(stream, "_sock", stream)  # a file around the socket, or over TLS the socket itself
    line.sendall(content)
    line.shutdown(socket.SHUT_WR)
    said = b"".join(iter(lambda: line.recv(65536), b""))
    stream._response.close()  # it holds the connection, and the client offers no other way to it
    code = api.exec_inspect(ran["Id"])["ExitCode"]
    if code != 0:
        words = re.sub(r"[^\n -~]+", "", said[-500:].decode(errors="replace"))  # the engine frames what it passes on
        raise Refusal(f"{container.name}: {' '.join(argv)}", f"exit code {code}: {words}", id="lab-command-failed")


def ended(host: str, container: str, log: str) -> Refusal:
    """Say why systemd did not stay up, by its last words."""
    remedy = f"docker logs {container}"
    if "Too many open files" in log:
        # Each systemd takes three or so of them, and every container's root is the same user to the kernel.
        remedy = "this machine has no inotify instances left: sysctl fs.inotify.max_user_instances=1024"
    elif not log.strip():
        remedy += "; where many hosts are up: sysctl fs.inotify.max_user_instances=1024"  # it may end without a word
    last = (log.strip().splitlines() or ["it said nothing"])[-1]
    return Refusal(
        f"{host}: pid 1", f"ended: {last}", id="lab-host-ended", expected="systemd to stay up", remedy=remedy
    )


def read(container: Container, path: str) -> bytes | None:
    """Return a file of a container's disk, whether it runs or not; None where there is none, or the container goes."""
    try:
        stream, _ = container.get_archive(path)
    except NotFound:
        return None
    except APIError as error:
        # A container that is just being removed: nothing can be read from it any more.
        if error.status_code != HTTPStatus.CONFLICT:
            raise
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
        member = tar.extractfile(tar.getmembers()[0])
        return None if member is None else member.read()


def pack(files: Mapping[str, File]) -> bytes:
    """Pack files for the root folder; folders that are missing on the way come from their own entries."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, file in files.items():
            entry = tarfile.TarInfo(str(PurePosixPath(path).relative_to("/")))
            entry.mode, entry.size, entry.mtime = file.mode, len(file.content), int(time.time())
            if file.link:
                entry.type, entry.linkname = tarfile.SYMTYPE, file.link
            elif path.endswith("/"):
                entry.type = tarfile.DIRTYPE
            tar.addfile(entry, io.BytesIO(file.content))
    return packed.getvalue()
