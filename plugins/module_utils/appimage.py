"""Unpacking an AppImage without running it: a program with a squashfs file system behind it."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
from typing import Optional

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal

_MAGIC = b"hsqs"


def unpack(image: str, folder: str, program: Optional[str] = None) -> None:
    """Unpack an AppImage (type 2) into a folder that exists and is empty; all becomes root's, and nothing runs.

    `program` is the path of unsquashfs; it is looked for where none is given.
    """
    program = program or shutil.which("unsquashfs")
    if not program:
        raise Refusal(
            image,
            "needs the program unsquashfs, which this host lacks",
            id="program-missing",
            expected="unsquashfs in PATH",
            remedy="install the package squashfs-tools, as the role chatbox does",
        )
    start = offset(image)
    quiet = ["-no-progress", "-quiet", "-no-xattrs", "-force"]
    done = subprocess.run(
        [program, *quiet, "-offset", str(start), "-dest", folder, image], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _broken(image, f"unsquashfs said: {(done.stderr or done.stdout).strip()[-300:]}")
    _settle(folder, image)


def offset(image: str) -> int:
    """Return where the file system begins: right behind the last thing that the program's own header tells of."""
    with open(image, "rb") as file:
        head = file.read(64)
        if head[:4] != b"\x7fELF" or len(head) < 64:
            raise _broken(image, "it does not begin with a program for Linux")
        order = "<" if head[5] == 1 else ">"
        wide = head[4] == 2
        place, sizes = ("Q", (40, 58)) if wide else ("I", (32, 46))
        (sections,) = struct.unpack_from(f"{order}{place}", head, sizes[0])
        size, count = struct.unpack_from(f"{order}HH", head, sizes[1])
        start = sections + size * count
        file.seek(start)
        if file.read(4) != _MAGIC:
            raise _broken(image, f"no squashfs file system begins at byte {start}")
    return int(start)


def _settle(folder: str, image: str) -> None:
    """Have everything be root's, writable by nobody else, and inside; no device, no link that leads out."""
    top = os.path.realpath(folder)
    for at, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(at, name)
            seen = os.lstat(path)
            if stat.S_ISLNK(seen.st_mode):
                target = os.readlink(path)
                inside = os.path.commonpath([top, os.path.realpath(os.path.join(at, target))]) == top
                if os.path.isabs(target) or not inside:
                    raise _unexpected(image, os.path.relpath(path, folder))
                _give_to_us(path)
            elif stat.S_ISDIR(seen.st_mode):
                _give_to_us(path)
                os.chmod(path, 0o755)  # noqa: S103 - as any other program on the host
            elif stat.S_ISREG(seen.st_mode):
                _give_to_us(path)
                os.chmod(path, 0o755 if seen.st_mode & 0o111 else 0o644)
            else:
                raise _unexpected(image, os.path.relpath(path, folder))
    os.chmod(folder, 0o755)  # noqa: S103 - squashfs brings its own
    _give_to_us(folder)


def _give_to_us(path: str) -> None:
    os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)


def _broken(image: str, said: str) -> Refusal:
    return Refusal(
        image,
        f"cannot be unpacked ({said})",
        id="archive-damaged",
        expected="a whole AppImage of type 2",
        remedy="its sha256 was the expected one: it was made broken, or is another kind of file",
    )


def _unexpected(image: str, name: str) -> Refusal:
    return Refusal(
        image,
        f"its member {name!r} would lead out of the folder, or is a device",
        id="archive-member-outside",
        expected="files, folders and links inside it",
        remedy="nothing of it was installed; do not use this one",
    )
