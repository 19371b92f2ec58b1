"""Apple Silicon, and what Metal lends models of its memory."""

import pytest
from hosts_said import said

from llamakeep.observe.facts.apple import AppleFact, accelerator, working_set
from llamakeep.observe.seen import Apple

GIB = 1024**3


def seen(case: str) -> Apple | None:
    return AppleFact().parse(said("apple", case))


def test_a_mac_studio() -> None:
    assert seen("m2-ultra-macos-15") == Apple(
        chip="Apple M2 Ultra",
        cores=24,
        gpu_cores=60,
        macos="15.6.1",
        translated=False,
        wired_limit=0,
        working_set=48 * GIB,
        exact=False,
    )


def test_a_limit_that_was_set_is_what_metal_lends() -> None:
    apple = seen("m5-max-limit-set-macos-26")
    assert apple is not None
    assert (apple.wired_limit, apple.working_set, apple.exact) == (112 * GIB, 112 * GIB, True)
    assert apple.translated


def test_macos_13_says_it_in_bytes() -> None:
    apple = seen("m1-macos-13-limit-in-bytes")
    assert apple is not None
    assert (apple.working_set, apple.exact, apple.gpu_cores) == (12 * GIB, True, None)


@pytest.mark.parametrize("case", ["intel", "linux"])
def test_no_apple_silicon(case: str) -> None:
    assert seen(case) is None


@pytest.mark.parametrize(
    ("memory", "mebibytes"),
    [
        (8, 5461),
        (16, 10922),
        (18, 12288),
        (24, 16384),
        (32, 21845),
        (36, 27648),
        (64, 49152),
        (96, 73728),
        (128, 98304),
    ],
)
def test_the_lower_rule_gives_what_metal_has_been_seen_to_say(memory: int, mebibytes: int) -> None:
    assert working_set(memory * GIB) // 1024**2 == mebibytes


def test_as_what_models_can_run_on() -> None:
    apple = seen("m2-ultra-macos-15")
    assert apple is not None
    found = accelerator(apple)
    assert (found.kind, found.unified, found.apple) == ("apple", True, apple)
    assert [(gpu.name, gpu.memory) for gpu in found.gpus] == [("Apple M2 Ultra", 48 * GIB)]
