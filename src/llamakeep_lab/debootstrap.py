"""A plain Debian made on this machine, where no container registry can be reached."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from llamakeep.errors import Refusal
from llamakeep_lab import cache

_ARCHIVE = "http://deb.debian.org/debian"  # packages are verified by the keyring's signatures
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_PATIENCE = 1800  # seconds; a fast machine takes one minute


@contextmanager
def tree(release: str, lock: int) -> Iterator[IO[bytes]]:
    """Make the tree, yield it as a tar stream, remove it.

    The file descriptor `lock` is handed down, so that an orphaned debootstrap of a killed run still holds it
    and the next run does not work in the same folder.
    """
    _refuse_what_is_missing()
    root = cache.folder("debootstrap") / release
    _remove(root)
    try:
        _run(release, root, lock)
        with subprocess.Popen(["tar", "-C", root, "--numeric-owner", "-c", "."], stdout=subprocess.PIPE) as tar:
            if tar.stdout is None:
                raise Refusal(str(root), "tar gave no output", id="command-failed")
            yield tar.stdout
        if tar.returncode != 0:
            raise Refusal(
                str(root), f"tar ended with {tar.returncode}", id="command-failed", remedy="is the disk full? df -h"
            )
    finally:
        _remove(root)


def _refuse_what_is_missing() -> None:
    if os.geteuid() != 0:
        raise Refusal(
            "lab image",
            "no container registry can be reached, and making a Debian here needs root",
            id="container-registry-unreachable",
            expected="a registry that the Docker engine reaches (docker pull debian:trixie-slim), or root",
            remedy="run `llamakeep lab up` once as root: the image stays in the engine for later runs",
        )
    if shutil.which("debootstrap") is None:
        raise Refusal(
            "lab image",
            "no container registry can be reached, and debootstrap is not installed",
            id="container-registry-unreachable",
            remedy="apt install debootstrap",
        )
    if not _KEYRING.exists():
        raise Refusal(
            str(_KEYRING),
            "missing: what debootstrap downloads could not be verified",
            id="keyring-missing",
            remedy="apt install debian-archive-keyring",
        )


def _run(release: str, root: Path, lock: int) -> None:
    log = cache.folder("debootstrap") / f"{release}.log"
    command = ["debootstrap", "--variant=minbase", f"--keyring={_KEYRING}", release, str(root), _ARCHIVE]
    with log.open("wb") as out:
        try:
            ended = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, pass_fds=(lock,), timeout=_PATIENCE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
    if ended != 0:
        tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-5:])
        raise Refusal(
            " ".join(command),
            f"did not end well ({ended}):\n  {tail}",
            id="command-failed",
            remedy=f"the whole log is {log}; it needs a way to {_ARCHIVE}",
        )


def _remove(root: Path) -> None:
    """Remove a tree, also that of a run that was killed: debootstrap mounts /proc and /sys into it."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{root}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=True)
    if root.exists():
        shutil.rmtree(root)
