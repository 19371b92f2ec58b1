"""Unpacking a release archive into a folder, and nowhere else."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tarfile
from typing import IO, Iterator, Literal, Optional, cast

from ansible_collections.llamakeep.fleet.plugins.module_utils import appimage
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal


def unpack(archive: str, folder: str, zstd: Optional[str]) -> None:
    """Unpack `.tar.zst`, `.tgz`, `.tar.gz`, `.deb` or `.AppImage` into a folder that exists and is empty.

    All becomes root's, and nothing that came with it runs. `zstd` is the path of that program; None where the host
    has none.
    """
    if archive.endswith(".AppImage"):
        appimage.unpack(archive, folder)
        return
    try:
        with _opened(archive, zstd) as (stream, mode), tarfile.open(fileobj=stream, mode=mode) as tar:
            # Members are judged one by one below, also on a Python that has no filters of its own.
            tar.extraction_filter = lambda member, path: member  # noqa: ARG005 - tarfile's signature
            for member in tar:
                tar.extract(_checked(member, folder, archive), folder)
    except (tarfile.TarError, EOFError) as error:
        raise Refusal(
            archive,
            f"cannot be unpacked ({error})",
            id="archive-damaged",
            expected="a whole .tar.zst or .tgz archive, or a whole .deb",
            remedy="its sha256 was the expected one: the archive was made broken; lock another release",
        ) from error


@contextlib.contextmanager
def _opened(archive: str, zstd: Optional[str]) -> Iterator[tuple[IO[bytes], Literal["r|", "r|gz"]]]:
    if archive.endswith(".deb"):
        dpkg = shutil.which("dpkg-deb") or "/usr/bin/dpkg-deb"
        with _said_by("dpkg-deb", [dpkg, "--fsys-tarfile", archive]) as stream:
            yield stream, "r|"
        return
    if not archive.endswith((".zst", ".tzst")):
        with open(archive, "rb") as stream:
            yield stream, "r|gz"
        return
    if zstd is None:
        raise Refusal(
            archive,
            "needs the program zstd, which this host lacks",
            id="program-missing",
            expected="zstd in PATH",
            remedy="install the package zstd, as the role ollama does",
        )
    # Long-distance windows, as release archives use them, must be allowed by name.
    with _said_by("zstd", [zstd, "-dcq", "--long=31", archive]) as stream:
        yield stream, "r|"


@contextlib.contextmanager
def _said_by(name: str, command: list[str]) -> Iterator[IO[bytes]]:
    """Return what a program puts out, and fail where it does."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        out = cast("IO[bytes]", program.stdout)  # there is one: it is a pipe
        try:
            yield out
        except BaseException:
            program.kill()
            raise
        # tarfile stops at the end mark: what is left in the pipe is read, so that the program ends by itself.
        while out.read(1 << 16):
            pass
    if program.returncode:
        raise tarfile.ReadError(f"{name} ended with {program.returncode}")


def _checked(member: tarfile.TarInfo, folder: str, archive: str) -> tarfile.TarInfo:
    """Return a member as it may be unpacked: inside the folder, root's, writable by no one else."""
    top = os.path.realpath(folder)
    place = os.path.join(top, member.name)
    targets = [place]
    if member.issym():
        targets = [os.path.dirname(place), os.path.join(os.path.dirname(place), member.linkname)]
    elif member.islnk():
        targets += [os.path.join(top, member.linkname)]
    is_inside = all(os.path.commonpath([top, os.path.realpath(target)]) == top for target in targets)
    is_plain = member.isreg() or member.isdir() or member.issym() or member.islnk()
    if not is_inside or not is_plain or os.path.isabs(member.linkname):
        raise Refusal(
            archive,
            f"its member {member.name!r} would lead out of the folder, or is a device",
            id="archive-member-outside",
            expected="files, folders and links inside the archive",
            remedy="nothing of it was installed; do not use this archive",
        )
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    if member.isdir():
        member.mode = 0o755
    elif member.isreg():
        member.mode = 0o755 if member.mode & 0o111 else 0o644
    return member
