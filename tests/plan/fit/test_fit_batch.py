from typing import Any

import pytest
from fit_fleet import GIB
from fit_rows import model

from llamakeep.plan.fit import attention, batch
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.load import Load

LLAMA = model("llama3.1:8b")


def card(gib: float, kind: Any = "cuda", capability: str | None = "8.9") -> Device:
    size = int(gib * GIB)
    return Device(id="0", name="x", kind=kind, total=size, free=size, capability=capability, shared=kind == "cpu")


def chosen(tokens: int, *devices: Device, flash: bool = True, **more: Any) -> int:
    return batch.micro_batch(LLAMA.model_copy(update=more), Load(context=tokens), devices, flash_offered=flash)


@pytest.mark.parametrize(
    ("name", "tokens", "gigabytes"),
    [("llama3.1:8b", 4096, 5.46), ("gemma3:4b", 131072, 26.2), ("qwen3:30b-a3b", 32768, 20.2)],
)
def test_the_servers_forecast_is_copied_with_its_faults(name: str, tokens: int, gigabytes: float) -> None:
    assert batch.forecast(model(name), tokens) / 1e9 == pytest.approx(gigabytes, abs=0.05)


@pytest.mark.parametrize(
    ("tokens", "size"), [(256, 512), (4096, 512), (4097, 1024), (32768, 1024), (32769, 2048), (131072, 2048)]
)
def test_the_context_alone_decides_on_the_cpu_and_where_there_is_room(tokens: int, size: int) -> None:
    assert chosen(tokens, card(64, "cpu")) == size
    assert chosen(tokens, card(80)) == size


def test_little_memory_lowers_it_step_by_step() -> None:
    assert [chosen(40000, card(size)) for size in (24, 13, 11)] == [2048, 1024, 512]


def test_without_flash_attention_cuda_gets_a_small_one() -> None:
    assert chosen(32768, card(24), flash=False) == 512
    assert chosen(32768, card(8), flash=False) == 256
    assert chosen(4096, card(8), flash=False) == 512
    assert chosen(32768, card(24, "metal"), flash=False) == 1024


def test_a_model_can_name_its_own() -> None:
    assert chosen(32768, card(24), num_batch=128) == 128


def test_an_embedding_model_takes_its_whole_context_at_once() -> None:
    assert chosen(2048, card(24), encoder=True) == 2048
    assert chosen(8192, card(24), encoder=True) == 2048
    assert chosen(512, card(24), encoder=True) == 512


def test_a_shorter_context_with_a_larger_micro_batch_is_known() -> None:
    load = Load(context=40000, batch=512)
    found = list(batch.shorter(LLAMA, load, (card(11),), flash_offered=True))
    assert [one.batch for one in found] == [1024]
    assert found[0].context < 40000
    assert chosen(found[0].context, card(11)) == 1024
    assert chosen(found[0].context + 1, card(11)) == 512


@pytest.mark.parametrize(
    ("kind", "capability", "used"),
    [
        ("cuda", "8.9", True),
        ("cuda", "6.1", True),
        ("cuda", "5.2", False),
        ("cuda", "7.2", False),
        ("cuda", "[N/A]", True),
        ("cuda", None, True),
        ("rocm", None, True),
        ("metal", None, True),
        ("cpu", None, True),
    ],
)
def test_flash_attention_is_offered_where_the_device_can(kind: str, capability: str | None, used: bool) -> None:
    assert attention.offered([card(8, kind, capability)], None) == used
    assert attention.offered([card(8, kind, capability)], True)


def test_the_engine_turns_flash_attention_off_for_some_heads_and_on_for_a_quantised_cache() -> None:
    strange = LLAMA.model_copy(update={"architecture": "deepseek2"})
    assert not attention.used(strange, [card(24)], None, "f16")
    assert attention.used(strange, [card(24, "cpu")], None, "f16")
    assert attention.used(LLAMA, [card(24, capability="5.2")], None, "q8_0")
