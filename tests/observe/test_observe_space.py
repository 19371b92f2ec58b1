"""Where there is room, from what df, stat and the mounts say."""

import subprocess
from pathlib import Path

import pytest
from hosts_said import said

from llamakeep.observe.ask import Ask
from llamakeep.observe.facts.space import SpaceFact
from llamakeep.observe.seen import Space


def seen(case: str) -> tuple[Space, ...]:
    return SpaceFact().parse(said("space", case))


def test_the_nearest_folder_is_named() -> None:
    store, releases, downloads, _ = seen("store-on-a-small-disk")
    assert (store.asked, store.path, store.free) == ("/srv/small/models", "/srv/small", 25600 * 4096)
    assert (store.kind, releases.kind) == ("tmpfs", "overlay")
    assert store.disk != releases.disk == downloads.disk


def test_a_read_only_disk_behind_a_link_says_so() -> None:
    found = {one.asked: one for one in seen("store-on-a-small-disk")}
    behind = found["/srv/link/deep/er"]
    assert (behind.path, behind.kind, behind.read_only) == ("/srv/link", "tmpfs", True)
    assert not found["/opt/llamakeep/ollama"].read_only


@pytest.mark.parametrize("case", ["one-disk", "converged"])
def test_all_on_one_disk(case: str) -> None:
    found = seen(case)
    assert len(found) == 4
    assert len({(one.disk, one.kind, one.inodes) for one in found}) == 1


def test_a_store_on_nfs_and_a_disk_that_counts_no_inodes() -> None:
    store, releases = seen("nfs-store-on-btrfs")
    assert (store.kind, store.free, store.inodes) == ("nfs4", 2621440 * 1048576, None)
    assert (releases.kind, releases.inodes) == ("btrfs", None)


def test_macos() -> None:
    system, data = seen("macos")
    assert (system.kind, system.read_only, system.inodes) == ("apfs", True, None)
    assert (data.path, data.free, data.read_only) == ("/opt", 354711776 * 1024, False)


def test_a_disk_that_broke_off_is_no_answer() -> None:
    answer = "\n".join(said("space", "one-disk").splitlines()[:9])
    with pytest.raises(ValueError, match="zip"):
        SpaceFact().parse(answer)


@pytest.mark.parametrize(
    "asked", ["{here}/not/yet", "{here}/a file/below", "{here}/gone/below", "{here}/with a blank/x"]
)
def test_this_machine(tmp_path: Path, asked: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "gone").symlink_to("/no/such/folder")
    (tmp_path / "with a blank").mkdir()
    path = asked.format(here=tmp_path)
    question = SpaceFact().question(Ask(paths=(path, "relative")))
    done = subprocess.run(["sh"], input=question, text=True, capture_output=True, check=True, timeout=10)
    one, other = SpaceFact().parse(done.stdout)
    assert one.path == str(tmp_path / "with a blank" if "with a blank" in path else tmp_path)
    assert one.disk == str(tmp_path.stat().st_dev)
    assert one.free > 0
    assert one.kind != ""
    assert other.path == "/"
