"""What lies in a store already is believed only as far as it was seen to be right."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import pytest

WEIGHTS = os.urandom(300_000)
CONFIG = b'{"model_format":"gguf"}'


@pytest.fixture
def entry(registry):
    return registry.model("mistral:7b", WEIGHTS, CONFIG)


@pytest.fixture
def weights(store):
    return store / "blobs" / f"sha256-{hashlib.sha256(WEIGHTS).hexdigest()}"


def flip_one_byte(path, keep_times=False):
    seen = path.stat()
    with path.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    if keep_times:
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


@pytest.mark.parametrize("keep_times", [False, True])
def test_a_flipped_byte_is_found_and_the_blob_is_brought_again(bring, entry, weights, keep_times):
    bring(entry)
    flip_one_byte(weights, keep_times)
    told = bring(entry, check=True)
    assert told["diff"]["prepared"].startswith(f"~ mistral:7b  damaged: sha256:{weights.name[7:19]}, 293.0 KiB")
    answer = bring(entry)
    assert (answer["changed"], answer["received"]) == (True, len(WEIGHTS))
    assert weights.read_bytes() == WEIGHTS
    assert not bring(entry)["changed"]


def test_a_deleted_blob_and_a_deleted_manifest_come_back(bring, entry, weights, store):
    bring(entry)
    weights.unlink()
    assert "missing: sha256:" in bring(entry)["diff"]["prepared"]
    manifest = store / "manifests/registry.ollama.ai/library/mistral/7b"
    manifest.unlink()
    answer = bring(entry)
    assert answer["changed"]
    assert answer["received"] == 0
    assert manifest.read_text() == entry["manifest"]


def test_a_model_that_was_there_before_us_is_adopted_without_a_byte(bring, entry, registry, host, store, weights):
    bring(entry)
    (host / "receipt.json").unlink()
    asked = len(registry.asked)
    assert not bring(entry)["changed"]
    assert len(registry.asked) == asked
    left = json.loads((host / "receipt.json").read_text())["roles"]["ollama_models"]
    assert left["models"][0]["name"] == "mistral:7b"
    assert {blob["digest"] for blob in left["models"][0]["blobs"]} >= {weights.name[7:]}


def test_blobs_that_nobody_touched_are_not_read_again(bring, entry, monkeypatch):
    from ansible_collections.llamakeep.fleet.plugins.module_utils import store as module

    bring(entry)
    monkeypatch.setattr(module, "_sha256", lambda *_unused: pytest.fail("a trusted blob was read"))
    assert not bring(entry)["changed"]


def test_a_link_in_the_place_of_a_blob_is_replaced_and_what_it_leads_to_is_not_touched(bring, entry, weights, host):
    bring(entry)
    weights.unlink()
    other = host / "someone else's"
    other.write_text("precious")
    weights.symlink_to(other)
    assert bring(entry)["changed"]
    assert not weights.is_symlink()
    assert other.read_text() == "precious"


def test_a_link_in_the_place_of_a_partial_is_not_written_through(bring, entry, weights, host, store):
    other = host / "someone else's"
    other.write_text("precious")
    partial = store / ".llamakeep/partial" / weights.name
    partial.parent.mkdir(parents=True)
    partial.symlink_to(other)
    assert "mistral:7b" in bring(entry)["msg"]
    assert other.read_text() == "precious"


def test_partials_of_earlier_locks_are_swept_when_all_is_there(bring, entry, store):
    left = store / ".llamakeep/partial" / f"sha256-{'0' * 64}"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half of something")
    bring(entry)
    assert not left.exists()


def test_a_store_on_another_disk_by_a_link_is_a_store(bring, entry, store, host):
    (host / "large disk").mkdir()
    store.symlink_to(host / "large disk")
    assert bring(entry)["changed"]
    assert (host / "large disk/blobs").is_dir()
    assert not bring(entry)["changed"]


def test_an_unknown_owner_is_refused_with_the_remedy(bring, entry):
    answer = bring(entry, owner="nobody-yet")
    assert "user nobody-yet" in answer["msg"]
    assert "apply the role ollama before the models" in answer["msg"]


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="giving files away takes root")


@pytest.fixture
def open_folder():
    """A folder that everyone may pass through; pytest's own are root's alone."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@needs_root
def test_root_leaves_everything_to_the_owner_and_takes_over_what_was_roots(bring, entry, weights, open_folder):
    store = open_folder / "models"
    weights = store / "blobs" / weights.name
    options = {"store": str(store), "owner": "nobody", "group": "nogroup"}
    bring(entry, **options)
    assert {path.owner() for path in store.rglob("*")} == {"nobody"}
    weights.chmod(0o600)
    os.chown(weights, 0, 0)
    answer = bring(entry, **options)
    assert f"~ {weights}  given to the store's owner" in answer["diff"]["prepared"]
    assert answer["received"] == 0
    assert weights.owner() == "nobody"
    assert not bring(entry, **options)["changed"]
    assert os.geteuid() == 0


@needs_root
def test_a_folder_that_the_owner_may_not_enter_is_named(bring, entry, open_folder):
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    answer = bring(entry, store=str(private / "models"), owner="nobody", group="nogroup")
    assert f"may not pass through {private} (drwx------)" in answer["msg"]
