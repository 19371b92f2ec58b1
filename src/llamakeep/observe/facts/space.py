"""Where there is room."""

import re
import shlex
from typing import NamedTuple

from llamakeep.observe.ask import Ask
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import Space

# Mounts of single containers are left out: on a busy host there are thousands, and nothing of ours lies in them.
_QUESTION = r"""
count=$#
while [ "$count" -gt 0 ]; do
    asked=$1 there=$1
    while [ ! -d "$there" ]; do
        case $there in */*) there=${there%/*} ;; *) there= ;; esac
        [ -n "$there" ] || there=/
    done
    real=$(cd -P -- "$there" && pwd -P) || real=$there
    printf 'path\t%s\t%s\t%s\n' "$asked" "$there" "$real"
    shift; set -- "$@" "$there"; count=$((count - 1))
done
if [ -r /proc/self/mounts ]; then
    stat -c 'disk %d' -- "$@"
    stat -f -c 'room %a %S %d %c' -- "$@"
    sed -n -e '/^[^ ]* \/\(proc\|sys\|dev\|run\/docker\|var\/lib\/\(docker\|containerd\|containers\|kubelet\)\)\//d' \
        -e 's/^[^ ]* \([^ ]*\) \([^ ]*\) \(r[ow]\).*/mount \1 \2 \3/p' /proc/self/mounts
else
    stat -f 'disk %d' "$@"
    for there do df -kP -- "$there" | sed -n 's/^/df /;$p'; done
    mount | sed 's/^/mounted /'
fi
"""


class _Mount(NamedTuple):
    point: str
    kind: str
    read_only: bool


class SpaceFact(Fact[tuple[Space, ...]]):
    """Free bytes and inodes where something will be written, also when the folder does not exist yet.

    >>> (Space(asked="/opt/llamakeep/ollama", path="/opt", disk="2049", free=81604378624, inodes=5991225,
    ...        kind="ext4", read_only=False),)
    """

    name = "space"

    def question(self, ask: Ask) -> str:
        """Ask the file system of the nearest folder that exists, and how it is mounted."""
        return f"set -- {shlex.join(ask.paths)}\n{_QUESTION}"

    def parse(self, answer: str) -> tuple[Space, ...]:
        """Read a line for each path, one for each of its numbers in the same order, and the mounts."""
        lines = answer.splitlines()
        paths = [line.split("\t")[1:] for line in lines if line.startswith("path\t")]
        disks = [line.split()[1] for line in lines if line.startswith("disk ")]
        if not paths:
            raise ValueError("no path in it")
        rooms = _rooms(lines) or _rooms_on_darwin(lines)
        mounts = [*_mounts(lines), *_mounts_on_darwin(lines)]
        return tuple(
            Space(
                asked=asked,
                path=path,
                disk=disk,
                free=free,
                inodes=inodes,
                kind=mount.kind if mount else "",
                read_only=mount.read_only if mount else False,
            )
            for (asked, path, real), disk, (free, inodes, point) in zip(paths, disks, rooms, strict=True)
            for mount in [_holding(point or real, mounts)]
        )


def _rooms(lines: list[str]) -> list[tuple[int, int | None, str]]:
    """Return bytes and inodes; a file system that makes inodes as it needs them, as btrfs, counts none."""
    rows = [list(map(int, line.split()[1:])) for line in lines if line.startswith("room ")]
    return [(blocks * size, free if all_ else None, "") for blocks, size, free, all_ in rows]


def _rooms_on_darwin(lines: list[str]) -> list[tuple[int, int | None, str]]:
    """Return bytes and the mount point: the folders of macOS do not lie where their paths say.

    >>> _rooms_on_darwin(["df /dev/disk3s5   971350180 610638404 354711776      64%    /System/Volumes/Data"])
    [(363224858624, None, '/System/Volumes/Data')]
    """
    rows = [re.search(r"\s\d+\s+\d+\s+(-?\d+)\s+\d+%\s+(/.*)$", line) for line in lines if line.startswith("df ")]
    return [(max(0, int(row[1])) * 1024, None, row[2]) for row in rows if row]


def _mounts(lines: list[str]) -> list[_Mount]:
    r"""Return the mounts of /proc/self/mounts, where a blank in a path is written as \040."""
    rows = [line.split()[1:] for line in lines if line.startswith("mount ")]
    return [
        _Mount(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), row[0]), row[1], row[2] == "ro")
        for row in rows
        if len(row) == 3
    ]


def _mounts_on_darwin(lines: list[str]) -> list[_Mount]:
    """Return the mounts as macOS prints them.

    >>> _mounts_on_darwin(["mounted /dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)"])
    [_Mount(point='/', kind='apfs', read_only=True)]
    """
    rows = [re.match(r"mounted .+? on (/.*) \((\w+)(.*)\)$", line) for line in lines]
    return [_Mount(row[1], row[2], "read-only" in row[3]) for row in rows if row]


def _holding(path: str, mounts: list[_Mount]) -> _Mount | None:
    """Return the mount in which a path lies; of several at one place the last one hides the others."""
    over = [one for one in mounts if path == one.point or path.startswith(one.point.rstrip("/") + "/")]
    return max(reversed(over), key=lambda one: len(one.point), default=None)
