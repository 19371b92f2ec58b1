from fit_fleet import GIB, gpu, host, wanted
from fit_rows import model

from llamakeep.plan.fit import fit

LLAMA, LARGE, SMALL = model("llama3.1:8b"), model("llama3.1:70b"), model("llama3.2:1b")


def test_as_many_as_find_room_beside_each_other() -> None:
    assert fit(wanted(LLAMA, LLAMA, LLAMA), host(gpu(12))).together == ("model0:latest",)
    assert fit(wanted(LLAMA, LLAMA, LLAMA), host(gpu(16))).together == ("model0:latest", "model1:latest")


def test_three_models_for_each_gpu_where_no_number_is_given() -> None:
    assert len(fit(wanted(*[SMALL] * 9), host(gpu(80))).together) == 3
    assert len(fit(wanted(*[SMALL] * 9), host(gpu(80), gpu(80))).together) == 6
    assert len(fit(wanted(*[SMALL] * 9), host(memory=512)).together) == 3


def test_no_more_than_the_operator_allows() -> None:
    assert fit(wanted(SMALL, SMALL, SMALL, max_loaded=1), host(gpu(80))).together == ("model0:latest",)


def test_two_like_cards_take_one_model_each() -> None:
    assert len(fit(wanted(LLAMA, LLAMA), host(gpu(10), gpu(10))).together) == 2


def test_one_that_does_not_fit_alone_is_passed_over() -> None:
    assert fit(wanted(LARGE, LLAMA, None, SMALL), host(gpu(24))).together == ("model1:latest", "model3:latest")


def test_on_the_cpu_memory_is_the_limit() -> None:
    assert len(fit(wanted(LLAMA, LLAMA, LLAMA), host(memory=14)).together) == 2
    assert host(memory=14).system.available == 14 * GIB  # type: ignore[union-attr]
