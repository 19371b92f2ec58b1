"""Whether files can be made where something will be written; how much fits is another question."""

from collections.abc import Iterator

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import HostFacts, Space
from llamakeep.plan.plan import Finding

_NEEDED = 100  # files: a release has some fifty, a model fewer than ten
_FEW = 1000


def store_findings(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Report file systems that take no more files; paths on one disk are one finding."""
    if not host.is_managed:
        return
    yield from _read_only(host, seen)
    yield from _out_of_inodes(seen)


def _read_only(host: Host, seen: HostFacts) -> Iterator[Finding]:
    other = ", or set ollama_store" if "ollama_store" in host.inputs else ""
    for paths, space in _by_disk([one for one in seen.space if one.read_only]):
        yield Finding(
            id="file-system-read-only",
            severity="blocking",
            found=f"the file system of {space.path} is read-only, where {paths} will be written",
            expected="one that can be written to",
            remedy=f"mount it rw{other}; one that became read-only by itself has a broken disk: dmesg",
        )


def _out_of_inodes(seen: HostFacts) -> Iterator[Finding]:
    few = [one for one in seen.space if one.inodes is not None and one.inodes < _FEW]
    for paths, space in _by_disk(few):
        blocking = space.inodes is not None and space.inodes < _NEEDED
        yield Finding(
            id="file-system-out-of-inodes",
            severity="blocking" if blocking else "warning",
            found=f"the file system of {space.path} takes only {space.inodes} more files, whatever is free of it",
            expected=f"{_NEEDED} at least, for {paths}",
            remedy=f"remove small files there: df -i {space.path}",
        )


def _by_disk(spaces: list[Space]) -> Iterator[tuple[str, Space]]:
    """Return the paths that share a disk, and the first of their spaces."""
    disks: dict[str, list[Space]] = {}
    for space in spaces:
        disks.setdefault(space.disk, []).append(space)
    for same in disks.values():
        yield " and ".join(dict.fromkeys(space.asked or space.path for space in same)), same[0]
