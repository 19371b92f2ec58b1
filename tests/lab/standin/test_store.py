import hashlib
import os
import time

import pytest

from llamakeep_lab.standin.program.manifest import Layer, written
from llamakeep_lab.standin.program.names import Name
from llamakeep_lab.standin.program.store import InvalidDigestError, Store

OLD = time.time() - 2 * 3600


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "models")


def stand_in_place(store, name, *texts):
    layers = tuple(store.add([text.encode()], "application/vnd.ollama.image.model")[0] for text in texts)
    store.create(Name.parse(name), layers[0], layers[1:])
    return layers


def age(path):
    os.utime(path, (OLD, OLD))


def test_the_digest_is_the_sha256_of_the_manifests_bytes(store):
    layers = stand_in_place(store, "mistral:7b", "config", "weights")
    data = (store.root / "manifests/registry.ollama.ai/library/mistral/7b").read_bytes()
    assert data == written(layers[0], layers[1:])
    assert store.manifest(Name.parse("mistral:7b")).digest == hashlib.sha256(data).hexdigest()


def test_a_manifest_written_by_hand_is_listed_at_once(store):
    assert store.models() == {}
    path = store.root / "manifests/registry.ollama.ai/library/mistral/7b"
    path.parent.mkdir(parents=True)
    path.write_bytes(written(Layer("c", "sha256:" + "0" * 64, 1), ()))
    assert [name.short() for name in store.models()] == ["mistral:7b"]


def test_names_are_found_whatever_their_case(store):
    stand_in_place(store, "Mistral:7B", "config")
    assert store.spelled(Name.parse("mistral:7b")).short() == "Mistral:7B"


def test_a_stray_file_is_passed_over(store, capfd):
    stand_in_place(store, "mistral:7b", "config")
    (store.root / "manifests/registry.ollama.ai/library/mistral/._7b").write_text("junk")
    (store.root / "manifests/registry.ollama.ai/library/mistral/broken").write_text("junk")
    assert [name.short() for name in store.models()] == ["mistral:7b"]
    assert capfd.readouterr().err.count('msg="bad manifest"') == 2


def test_old_blobs_that_nobody_names_are_pruned(store):
    kept = stand_in_place(store, "mistral:7b", "config", "weights")
    lost, _ = store.add([b"lost"], "")
    young, _ = store.add([b"young"], "")
    partial = store.blob("sha256:" + "a" * 64).with_name("sha256-" + "a" * 64 + "-partial")
    stray = store.root / "blobs/.DS_Store"
    for path in (partial, stray):
        path.write_text("x")
    own = store.root / ".llamakeep/partial"
    own.mkdir(parents=True)
    for path in (partial, stray, own, *(store.blob(layer.digest) for layer in (*kept, lost))):
        age(path)
    store.prune()
    left = {path.name for path in (store.root / "blobs").iterdir()}
    assert left == {store.blob(layer.digest).name for layer in (*kept, young)}
    assert own.is_dir()


def test_nothing_is_pruned_while_a_manifest_cannot_be_read(store):
    lost, _ = store.add([b"lost"], "")
    age(store.blob(lost.digest))
    path = store.root / "manifests/registry.ollama.ai/library/mistral/7b"
    path.parent.mkdir(parents=True)
    path.write_text("junk")
    store.prune()
    assert store.blob(lost.digest).is_file()


def test_removing_a_model_keeps_the_blobs_of_another(store):
    config, shared = stand_in_place(store, "mistral:7b", "config", "shared")
    own, _ = stand_in_place(store, "mistral:latest", "other config", "shared")
    store.remove(Name.parse("mistral:latest"))
    assert store.blob(shared.digest).is_file()
    assert store.blob(config.digest).is_file()
    assert not store.blob(own.digest).exists()


def test_removing_the_last_model_leaves_no_empty_folders(store):
    stand_in_place(store, "mistral:7b", "config")
    store.remove(Name.parse("mistral:7b"))
    assert list((store.root / "manifests").iterdir()) == []


@pytest.mark.parametrize("digest", ["", "sha256:xyz", "../etc/passwd", "sha256:" + "0" * 63])
def test_a_digest_never_leads_out_of_the_store(store, digest):
    with pytest.raises(InvalidDigestError):
        store.blob(digest)
