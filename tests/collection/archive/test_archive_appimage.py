"""An AppImage is unpacked by another program than itself; what comes out of it is judged."""

import os
import struct

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import appimage
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal


def image(path, *, wide=True, little=True, magic=b"hsqs", head=b"\x7fELF"):
    """Write a program whose own header ends at byte 200, and a file system behind it."""
    order = "<" if little else ">"
    content = bytearray(200)
    content[:6] = head + bytes([2 if wide else 1, 1 if little else 2])
    place, at = ("Q", (40, 58)) if wide else ("I", (32, 46))
    struct.pack_into(f"{order}{place}", content, at[0], 80)
    struct.pack_into(f"{order}HH", content, at[1], 40, 3)
    path.write_bytes(bytes(content) + magic + b"...")
    return str(path)


@pytest.fixture
def program(tmp_path):
    """What stands in for unsquashfs: it fills the folder that it is told of, and notes what it was told."""

    def write(script):
        path = tmp_path / "unsquashfs"
        path.write_text(
            f'#!/bin/sh\nset -e\nwhile [ "$1" != -dest ]; do echo "$1"; shift; done >{tmp_path}/told\n{script}'
        )
        path.chmod(0o755)
        return str(path)

    return write


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_the_file_system_begins_behind_the_program(tmp_path, wide, little):
    assert appimage.offset(image(tmp_path / "x.AppImage", wide=wide, little=little)) == 200


@pytest.mark.parametrize(
    ("more", "said"),
    [({"magic": b"none"}, "no squashfs file system begins at byte 200"), ({"head": b"#!/b"}, "with a program")],
)
def test_what_is_no_appimage_is_refused(tmp_path, more, said):
    with pytest.raises(Refusal, match=said):
        appimage.offset(image(tmp_path / "x.AppImage", **more))


def test_all_becomes_ours_and_writable_by_no_one_else(tmp_path, program):
    folder = tmp_path / "release"
    folder.mkdir()
    make = 'cd "$2" && mkdir lib && echo x >run && echo y >lib/data && ln -s run AppRun'
    modes = "chmod 4777 run && chmod 666 lib/data && chmod 700 . && chmod 777 lib"
    appimage.unpack(image(tmp_path / "x.AppImage"), str(folder), program(f"{make}\n{modes}"))
    modes = {name: os.lstat(folder / name).st_mode & 0o7777 for name in (".", "run", "lib", "lib/data")}
    assert modes == {".": 0o755, "run": 0o755, "lib": 0o755, "lib/data": 0o644}
    assert str((folder / "AppRun").readlink()) == "run"
    assert "200" in (tmp_path / "told").read_text().split()


@pytest.mark.parametrize("make", ["ln -s /etc/passwd out", "ln -s ../../outside out", "mkfifo out"])
def test_what_leads_out_is_refused(tmp_path, program, make):
    folder = tmp_path / "release"
    folder.mkdir()
    with pytest.raises(Refusal, match="'out' would lead out of the folder, or is a device"):
        appimage.unpack(image(tmp_path / "x.AppImage"), str(folder), program(f'cd "$2" && {make}'))


def test_a_program_that_fails_is_quoted(tmp_path, program):
    with pytest.raises(Refusal, match="unsquashfs said: xz support is missing"):
        appimage.unpack(
            image(tmp_path / "x.AppImage"), str(tmp_path), program("echo xz support is missing >&2; exit 1")
        )
