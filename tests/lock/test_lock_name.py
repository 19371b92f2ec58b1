"""Names of models, as people write them."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import model_name as names

from llamakeep.errors import Refusal
from llamakeep.lock.families import nearest


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("mistral", "mistral:latest"),
        ("mistral:7b", "mistral:7b"),
        ("library/mistral:7b", "mistral:7b"),
        ("registry.ollama.ai/library/mistral:7b", "mistral:7b"),
        ("someone/model", "someone/model:latest"),
        ("qwen2.5-coder:0.5b-instruct-q4_K_M", "qwen2.5-coder:0.5b-instruct-q4_K_M"),
    ],
)
def test_one_canonical_form(written: str, canonical: str) -> None:
    assert names.canonical(written) == canonical
    assert names.canonical(canonical) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Foo bar",
        " mistral:7b",
        "mistral:7b ",
        "mistral: 7b",
        "mistral:7b\n",
        "a:b:c",
        "a/b/c",
        "../etc/passwd",
        "/x",
        "mistral:",
        ":7b",
        "x:a/b",
    ],
)
def test_what_is_no_name(written: str) -> None:
    with pytest.raises(Refusal, match="no name of a model"):
        names.canonical(written)


def test_path_at_a_registry() -> None:
    assert names.path("mistral:7b") == "library/mistral"
    assert names.path("someone/model:latest") == "someone/model"


def test_nearest_names() -> None:
    assert nearest("mistrall:7b", ("mistral:7b",))[0] == "mistral:7b"
    assert "meditron" in nearest("meditorn:7b", ())
    assert nearest("zzzzzzz:latest", ()) == ()
