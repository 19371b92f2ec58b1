"""The numbers of a model in `llamakeep.lock`: one line, and nothing that a rollout would see."""

import hashlib
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import inputs as rule
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import lock as plugins

from llamakeep.errors import Refusal
from llamakeep.lock import file
from llamakeep.lock.lock import Dimensions, Lock, LockedModel

MANIFEST = '{"config": {}, "layers": []}'
NUMBERS = Dimensions(
    architecture="llama",
    context=32768,
    blocks=32,
    embedding=4096,
    feed_forward=14336,
    heads=32,
    heads_kv=8,
    vocabulary=32768,
    kv=65536,
    file=4_372_811_712,
)
LINE = (
    "    dimensions: {architecture: llama, blocks: 32, context: 32768, embedding: 4096, feed_forward: 14336,"
    " file: 4372811712, heads: 32, heads_kv: 8, kv: 65536, vocabulary: 32768}"
)


def lock(numbers: Dimensions | None) -> Lock:
    model = LockedModel(
        name="mistral:7b",
        registry="http://192.0.2.1:5000",
        path="library/mistral",
        digest=hashlib.sha256(MANIFEST.encode()).hexdigest(),
        size=7,
        manifest=MANIFEST,
        dimensions=numbers,
    )
    return Lock(models={"mistral:7b": model})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file.write(tmp_path / file.NAME, lock(NUMBERS))
    return tmp_path / file.NAME


def test_they_stand_in_one_line_and_only_what_is_unusual(path: Path) -> None:
    assert LINE in path.read_text().splitlines()
    assert file.read_own(path) == lock(NUMBERS)


def test_a_lock_without_numbers_has_the_bytes_that_it_always_had(path: Path) -> None:
    file.write(path.with_name("plain"), lock(None))
    assert path.read_text().replace(LINE + "\n", "") == path.with_name("plain").read_text()
    assert file.read_own(path.with_name("plain")) == lock(None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("blocks: 32", "blocks: -2", "dimensions.blocks: input should be greater than or equal to 0"),
        ("blocks: 32", "blocks: many", "dimensions.blocks: input should be a valid integer"),
        ("blocks: 32", "blocks: true", "dimensions.blocks: input should be a valid integer"),
        ("blocks: 32", "blocks: 99999999999999999999", "dimensions.blocks: input should be"),
        ("blocks: 32", "block: 32", "dimensions.block"),
        ("{architecture: llama, ", "{", "dimensions.architecture: field required"),
    ],
)
def test_nonsense_is_refused_with_its_line(path: Path, old: str, new: str, words: str) -> None:
    path.write_text(path.read_text().replace(LINE, LINE.replace(old, new)))
    number = next(at for at, line in enumerate(path.read_text().splitlines(), start=1) if "    dimensions" in line)
    with pytest.raises(Refusal) as refused:
        file.read_own(path)
    assert refused.value.place == f"{path}:{number}"
    assert words in refused.value.found


def test_what_a_rollout_brings_does_not_know_them(path: Path) -> None:
    (brought,) = plugins.wanted_models(["mistral:7b"], [], {"inventory_dir": str(path.parent)})
    assert sorted(brought) == ["digest", "manifest", "name", "path", "sources"]
    inputs = {"ollama_models_names": ["mistral:7b"], "ollama_archive_url": "", "ollama_version": "0.34.4"}
    assert rule.pins(inputs, lock(NUMBERS).model_dump()) == rule.pins(inputs, lock(None).model_dump())
