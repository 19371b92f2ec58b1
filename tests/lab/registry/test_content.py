import json
from hashlib import sha256

import pytest

from llamakeep.lock.lock import LockedModel
from llamakeep_lab.registry import content, shelf, tiny
from llamakeep_lab.standin.wheels import Wheel

KNOWN = {
    *("llama2", "mistral", "codellama", "dolphin-mixtral"),
    *("mistral-openorca", "llava", "deepseek-coder", "meditron"),
}

SMALL = tiny.gguf("smollm2", "in the place of the real one")


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(Wheel, "member", lambda _wheel, path: SMALL if path.endswith(".gguf") else path.encode())
    return content.build(tmp_path / "root")


def test_every_name_that_people_know_is_there(built):
    assert {name.partition(":")[0] for name in built.models} == {"smollm2", *KNOWN}
    assert {f"{name}:latest" for name in KNOWN} <= set(built.models)
    assert "mistral:7b" in built.models


def test_every_model_is_an_entry_for_the_lock(built):
    for name, entry in built.models.items():
        model = LockedModel.model_validate(entry)
        assert (model.name, model.registry) == (name, "")
        assert model.digest == sha256(model.manifest.encode()).hexdigest()
        tag = name.partition(":")[2]
        assert (built.folder / "manifests" / model.path / tag).read_text() == model.manifest


def test_every_model_has_its_own_numbers_however_small(built):
    numbers = LockedModel.model_validate(built.models["mistral:7b"]).dimensions
    assert numbers is not None
    assert (numbers.architecture, numbers.blocks, numbers.heads_kv, numbers.context) == ("llama", 2, 4, 2048)
    assert numbers.kv == 2 * 4 * (16 + 16)
    assert (numbers.vocabulary, numbers.embedding_bytes, numbers.tied) == (259, 259 * 64 * 4, False)
    assert all(entry["dimensions"]["known"] for entry in built.models.values())


def test_every_blob_is_there_and_is_what_its_name_says(built):
    for entry in built.models.values():
        manifest = json.loads(entry["manifest"])
        blobs = [manifest["config"], *manifest["layers"]]
        assert sum(blob["size"] for blob in blobs) == entry["size"]
        for blob in blobs:
            data = (built.folder / "blobs" / blob["digest"].replace(":", "-")).read_bytes()
            assert (f"sha256:{sha256(data).hexdigest()}", len(data)) == (blob["digest"], blob["size"])


def test_a_manifest_has_ollamas_form(built):
    manifest = json.loads(built.models["mistral:7b"]["manifest"])
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert manifest["config"]["mediaType"] == "application/vnd.docker.container.image.v1+json"
    kinds = [layer["mediaType"].rpartition(".")[2] for layer in manifest["layers"]]
    assert kinds == ["model", "template", "license", "params"]


def test_two_tags_of_a_model_are_the_same_content(built):
    assert built.models["mistral:7b"]["digest"] == built.models["mistral:latest"]["digest"]
    assert built.models["mistral:7b"]["digest"] != built.models["llama2:7b"]["digest"]


def test_a_tiny_model_says_that_it_is_not_the_real_one(built):
    for model in shelf.TINY:
        manifest = json.loads(built.models[f"{model.name}:latest"]["manifest"])
        data = (built.folder / "blobs" / manifest["layers"][0]["digest"].replace(":", "-")).read_bytes()
        assert f"tiny stand-in made for rehearsals, not the real model {model.name}".encode() in data
        assert 100_000 < len(data) < 1_000_000


def test_the_same_kit_gives_the_same_digest_on_every_machine(built):
    """Whoever changes what is built changes every lab's lock: then this number changes too."""
    assert built.models["mistral:7b"]["digest"].startswith("cb7d621be0df")


def test_a_second_build_comes_from_the_cache(built, tmp_path, monkeypatch):
    monkeypatch.setattr(content, "_write_all", None)
    assert content.build(tmp_path / "second").models == built.models
