"""What to do with a misfit, how much memory is asked for, which vulnerability is accepted: read and refused."""

from typing import Any

import pytest
from pydantic import Secret

from llamakeep import vulnerability
from llamakeep.errors import Refusal
from llamakeep.inventory.acceptance import accepted
from llamakeep.inventory.memory import amount
from llamakeep.inventory.recorded import recorded
from llamakeep.inventory.wish import Wish, wishes
from llamakeep.services.ollama.wanted import environment as engine

PLACE = "group_vars/llm_hosts.yml:7"


def test_an_item_is_a_name_or_a_mapping() -> None:
    items = ["mistral", {"name": "llama3.1:70b", "on_misfit": "skip"}, {"name": "llava:7b"}, "library/mistral:latest"]
    assert wishes(items) == (
        Wish("mistral:latest", "fail"),
        Wish("llama3.1:70b", "skip"),
        Wish("llava:7b", "fail"),
    )
    assert wishes(None) == ()


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([5], "item 1 of ollama_models_names is 5"),
        (["a", ["b"]], "item 2 of ollama_models_names is ['b']"),
        ("mistral:7b", "ollama_models_names is the text 'mistral:7b'"),
        (7, "ollama_models_names is the number 7"),
        ([{"mistral": "7b"}], "write it without the blank: mistral:7b"),
        ([{"name": "a", "onmisfit": "skip"}], "has the key onmisfit, which means nothing"),
        ([{"name": "a", "onmisfit": "skip"}], "did you mean on_misfit?"),
        ([{"name": "a", "on_misfit": "skipp"}], "did you mean skip?"),
        ([{"name": "a", "on_misfit": None}], "has on_misfit: None"),
        ([{"name": 7}], "has the name 7"),
        ([{"on_misfit": "skip"}], "item 1 of ollama_models_names has no name"),
        ([{}], "item 1 of ollama_models_names has no name"),
        ([{"name": "two words"}], "'two words' is no name of a model"),
        (["a:1", {"name": "a:1", "on_misfit": "warn"}], "a:1 stands there twice, once with on_misfit: fail"),
        ([5, {"name": "a", "on_misfit": "x"}], "item 2 of ollama_models_names has on_misfit: x"),
    ],
)
def test_items_that_mean_nothing(items: Any, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        wishes(items, PLACE)
    assert said in str(refusal.value)
    assert str(refusal.value).startswith(f"{PLACE}: ")


@pytest.mark.parametrize(
    ("text", "size"),
    [("8 GB", 8 * 10**9), ("7.5 GiB", 7680 * 2**20), ("8000MB", 8 * 10**9), ("1 tib", 2**40), ("0 GB", 0)],
)
def test_memory_has_a_unit(text: str, size: int) -> None:
    assert amount(text, "ollama_minimum_vram", PLACE) == size


@pytest.mark.parametrize("text", ["8", "lots", "", "-8 GB", "8 GHz", "8,5 GB", "1e3 GB", None, 8])
def test_memory_that_is_none(text: Any) -> None:
    with pytest.raises(Refusal, match=r"llm_hosts.yml:7: ollama_minimum_vram is .*\n  expected: .* 8 GB"):
        amount(text, "ollama_minimum_vram", PLACE)


def test_a_secret_is_not_printed() -> None:
    with pytest.raises(Refusal) as refusal:
        amount(Secret("geheim99"), "ollama_minimum_vram", PLACE)
    assert "geheim99" not in str(refusal.value)


def test_a_vulnerability_is_accepted_with_a_reason() -> None:
    assert accepted({"CVE-2026-7482": "until June"}, PLACE) == {"CVE-2026-7482": "until June"}
    assert accepted({}, PLACE) == {}
    assert "geheim99" not in str(accepted({"CVE-2026-7482": Secret("geheim99")}, PLACE))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"CVE-2026-7842": "x"}, "did you mean CVE-2026-7482?"),
        ({"CVE-2025-63389": "by design"}, "which this kit does not know"),
        ({"CVE-2026-7482": " "}, "accepts CVE-2026-7482 without a reason"),
        ({"CVE-2026-7482": None}, "accepts CVE-2026-7482 without a reason"),
        ({"CVE-2026-7482": True}, "accepts CVE-2026-7482 without a reason"),
        ("CVE-2026-7482=because", "ollama_accepted_vulnerabilities is 'CVE-2026-7482=because'"),
    ],
)
def test_what_cannot_be_accepted(value: Any, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        accepted(value, PLACE)
    assert said in str(refusal.value)


def test_an_environment_that_is_a_text_is_refused_and_not_shown() -> None:
    with pytest.raises(Refusal, match=r"llm_hosts\.yml:7: ollama_environment is no mapping") as refusal:
        engine.expect_mapping("OLLAMA_API_KEY=sample", PLACE)
    assert "sample" not in str(refusal.value)
    for environment in (None, {}, {"OLLAMA_DEBUG": "1"}):
        engine.expect_mapping(environment, PLACE)


@pytest.mark.parametrize(
    ("version", "ids"),
    [
        ("0.34.4", []),
        ("0.34.4-standin", []),
        ("0.17.1", []),
        ("0.17.1-rc1", ["CVE-2026-7482"]),
        ("0.17", ["CVE-2026-7482"]),
        ("v0.14.2", ["CVE-2026-7482", "CVE-2025-51471"]),
        ("0.1.33", ["CVE-2026-7482", "CVE-2025-51471", "CVE-2024-37032"]),
        ("0.1.28", ["CVE-2026-7482", "CVE-2025-51471", "CVE-2024-37032", "CVE-2024-28224"]),
        ("1.0.0", []),
        ("broken-2", []),
    ],
)
def test_what_is_known_against_a_release(version: str, ids: list[str]) -> None:
    assert [one.id for one in vulnerability.of("ollama", version)] == ids


def test_every_vulnerability_has_its_source_and_words() -> None:
    for one in vulnerability.known():
        assert one.source.startswith("https://")
        assert one.says
        assert one.says[0].islower()


def test_the_environment_is_read_as_the_server_reads_it() -> None:
    assert engine.cache_type({}) == engine.cache_type({"OLLAMA_KV_CACHE_TYPE": "q5"}) == "f16"
    assert engine.cache_type({"OLLAMA_KV_CACHE_TYPE": "Q8_0"}) == "q8_0"
    assert engine.flash_attention({}) is None
    assert engine.flash_attention({"OLLAMA_FLASH_ATTENTION": True}) is True
    assert engine.flash_attention({"OLLAMA_FLASH_ATTENTION": 0}) is False
    assert engine.flash_attention({"OLLAMA_FLASH_ATTENTION": "yes"}) is True
    assert engine.visible({"CUDA_VISIBLE_DEVICES": 0}) == ("0",)
    assert engine.visible({"CUDA_VISIBLE_DEVICES": ""}) == ()
    assert engine.visible({"CUDA_VISIBLE_DEVICES": "1,-1,2"}) == ("1",)


def test_policy_is_not_recorded() -> None:
    assert recorded({"ollama_minimum_vram": "8 GB", "ollama_version": "1"}) == {"ollama_version": "1"}
