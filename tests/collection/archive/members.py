"""What an archive holds: members with the layout of a release."""

import os
import tarfile


def member(name, content=b"", **attributes):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o644
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, content


def release_members(version=b"0.34.4"):
    return [
        member("./bin", type=tarfile.DIRTYPE, mode=0o777),
        member("./bin/ollama", b"#!/bin/sh\necho " + version + b"\n", mode=0o4755, uid=1000),
        member("lib/ollama/libggml.so.1", os.urandom(200_000)),
        member("lib/ollama/libggml.so", type=tarfile.SYMTYPE, linkname="libggml.so.1"),
    ]


def names(folder):
    """The names of what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())
