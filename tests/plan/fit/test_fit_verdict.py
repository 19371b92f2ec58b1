from typing import Any

import pytest
from fit_fleet import GIB, gpu, host, locked, mac, wanted
from fit_rows import MIB, model

from llamakeep.lock.lock import Dimensions
from llamakeep.observe.seen import Accelerator, HostFacts, Loaded
from llamakeep.plan.fit import fit
from llamakeep.plan.fit.estimate import CONTEXT
from llamakeep.plan.fit.result import ModelFit
from llamakeep.plan.fit.words import words
from llamakeep.services.ollama.observed.seen import SeenOllama

LLAMA = model("llama3.1:8b")
LARGE = model("llama3.1:70b")


def verdicts(what: Any, seen: HostFacts, **more: Any) -> ModelFit:
    return fit(wanted(what, **more), seen).models[0]


def test_a_model_fits_on_one_card() -> None:
    found = verdicts(LLAMA, host(gpu(24)))
    assert found.verdict == "fits"
    assert found.devices == ("card of 24",)
    assert found.room == 24 * GIB
    assert found.on_cpu == 0


def test_the_words_have_the_arithmetic() -> None:
    said = words(verdicts(LLAMA, host(gpu(24))))
    assert said == (
        "fits, 6.9 of 24.0 GiB at 8192 context: 4.3 GiB weights + 1.0 GiB cache + 232.0 MiB buffers"
        " + 395.0 MiB driver + 1.0 GiB kept free"
    )


def test_a_model_spreads_over_two_cards_where_one_is_too_small() -> None:
    found = verdicts(LARGE, host(gpu(24), gpu(24)), context_length=4096)
    assert found.verdict == "spreads"
    assert found.devices == ("card of 24", "card of 24")
    assert found.estimate is not None
    assert found.estimate.gpus == 2
    assert found.estimate.margin == 2 * GIB


def test_spreading_can_be_asked_for() -> None:
    assert verdicts(LLAMA, host(gpu(24), gpu(24)), spread=True).verdict == "spreads"
    assert verdicts(LLAMA, host(gpu(24), gpu(24))).verdict == "fits"


def test_the_card_with_most_free_memory_is_chosen() -> None:
    assert verdicts(LLAMA, host(gpu(16), gpu(24, free=8), gpu(12))).devices == ("card of 16",)


def test_a_spill_is_as_large_as_it_was_measured() -> None:
    """26 of 33 layers, on a card with 15011 MiB left once the driver had its context (figures B1, row 3)."""
    free = (15011 * MIB + 395 * MIB) / GIB
    found = verdicts(LLAMA, host(gpu(16303 * MIB / GIB, free=free)), context_length=98304)
    assert found.verdict == "spills"
    assert found.on_cpu == pytest.approx(7 / 33)
    assert found.why.startswith("26 of 33 layers on the GPU")


def test_a_spill_that_the_host_cannot_hold_does_not_fit() -> None:
    found = verdicts(LARGE, host(gpu(24), memory=16))
    assert found.verdict == "does not fit"
    assert "with the CPU, which has 16.0 GiB free" in found.why


def test_without_a_gpu_the_cpu_does_it() -> None:
    found = verdicts(LLAMA, host(memory=32))
    assert found.verdict == "cpu"
    assert found.on_cpu == 1
    assert found.estimate is not None
    assert found.estimate.weights == LLAMA.file
    assert found.estimate.margin == 0


def test_a_host_that_is_too_small_for_the_cpu_does_not_fit() -> None:
    found = verdicts(LLAMA, host(memory=4))
    assert found.verdict == "does not fit"
    assert found.why == "no GPU can take it, and 4.0 GiB of the host's memory is free"


def test_a_tiny_card_leaves_all_of_it_to_the_cpu() -> None:
    assert verdicts(LLAMA, host(gpu(1.5))).verdict == "cpu"


def test_the_store_of_prompts_is_mentioned_where_memory_is_short() -> None:
    assert "up to 8.0 GiB of prompts" in verdicts(LLAMA, host(memory=12)).why
    assert verdicts(LLAMA, host(memory=64)).why == ""


@pytest.mark.parametrize(
    ("dimensions", "why"),
    [
        (None, "the lock has no numbers for it → llamakeep lock"),
        (LLAMA.model_copy(update={"known": False, "architecture": "new"}), "how new keeps its cache is not known here"),
    ],
)
def test_what_is_not_known_is_not_guessed(dimensions: Any, why: str) -> None:
    found = verdicts(locked(dimensions), host(gpu(24)))
    assert found.verdict == "cannot say"
    assert found.estimate is None
    assert found.why == why
    assert words(found) == f"cannot say: {why}"


def test_a_host_that_did_not_say_what_it_has_is_not_judged() -> None:
    assert verdicts(LLAMA, host(accelerator=None)).verdict == "cannot say"
    assert verdicts(LLAMA, host(system=None)).verdict == "cannot say"


def test_a_quantised_cache_without_flash_attention_cannot_be_loaded() -> None:
    found = verdicts(LLAMA, host(gpu(24)), cache_type="q8_0", flash_attention=False)
    assert found.verdict == "does not fit"
    assert found.why == "a cache of q8_0 needs flash attention, which is switched off"


def test_a_model_asks_for_its_own_context_and_gets_no_more_than_it_was_trained_for() -> None:
    own = LLAMA.model_copy(update={"num_ctx": 4096})
    short = LLAMA.model_copy(update={"context": 2048})
    for dimensions, context in ((LLAMA, 8192), (own, 4096), (short, 2048)):
        estimate = verdicts(dimensions, host(gpu(24))).estimate
        assert estimate is not None
        assert estimate.context == context


def test_some_models_get_one_slot_only() -> None:
    for dimensions, slots in ((LLAMA, 4), (model("qwen3.5:9b"), 1), (model("nomic-embed-text"), 1)):
        estimate = verdicts(dimensions, host(gpu(48)), parallel=4).estimate
        assert estimate is not None
        assert estimate.parallel == slots


def test_a_projector_needs_its_room() -> None:
    plain = verdicts(LLAMA, host(gpu(24))).estimate
    seeing = verdicts(LLAMA.model_copy(update={"projector": 624434368}), host(gpu(24))).estimate
    assert plain is not None
    assert seeing is not None
    assert seeing.needed - plain.needed == 624434368 + GIB
    assert seeing.size - plain.size == 128 * MIB


def test_one_memory_for_all_is_not_counted_twice() -> None:
    found = verdicts(LARGE, mac(21.3, 32))
    assert found.verdict == "does not fit"
    assert verdicts(LLAMA, mac(21.3, 32)).verdict == "fits"
    assert verdicts(LLAMA, mac(21.3, 32)).devices == ("Apple M2 Ultra",)


def test_a_card_without_memory_of_its_own_has_the_machines() -> None:
    gb10 = gpu(0, memory=None, used=None, free=None, name="NVIDIA GB10", capability="12.1")
    found = verdicts(LARGE, host(gb10, memory=121, available=110))
    assert found.verdict == "fits"
    assert found.room == 110 * GIB


def test_what_our_own_models_hold_counts_as_free() -> None:
    loaded = Loaded(name="model0:latest", digest="ab", size=6 * GIB, size_vram=6 * GIB)
    seen = host(gpu(8, free=1))
    assert verdicts(LLAMA, seen).verdict == "cpu"
    running = seen.model_copy(update={"services": {"ollama": SeenOllama(answers=True, loaded=(loaded,))}})
    assert verdicts(LLAMA, running).room == 7 * GIB + CONTEXT


@pytest.mark.parametrize("model", [LLAMA, LLAMA.model_copy(update={"kv": 32768, "kv_window": 32768, "window": 1024})])
def test_a_model_that_fits_still_fits_when_it_is_loaded(model: Dimensions) -> None:
    idle = verdicts(model, host(gpu(8)), context_length=16384)
    assert idle.verdict == "fits"
    assert idle.estimate is not None
    size, left = idle.estimate.size, 8 * GIB - idle.estimate.taken + idle.estimate.reserve
    loaded = Loaded(name="model0:latest", digest="ab", size=size, size_vram=size, context=16384)
    running = host(gpu(8, free=left / GIB), ollama=SeenOllama(answers=True, loaded=(loaded,)))
    assert verdicts(model, running, context_length=16384).verdict == "fits"
    assert verdicts(model, running, context_length=16384).room == idle.room


def test_a_simulated_accelerator_is_said() -> None:
    assert fit(wanted(LLAMA), host(accelerator=Accelerator(kind="none", simulated=True))).simulated
    assert not fit(wanted(LLAMA), host()).simulated
