from typing import Any

import pytest
from fit_fleet import GIB, gpu, host, wanted

from llamakeep.observe.seen import Accelerator, Gpu, HostFacts, Slice
from llamakeep.plan.fit import devices

CUT = (Slice(name="3g.40gb", uuid="MIG-a", memory=40 * GIB), Slice(name="1g.10gb", uuid="MIG-b", memory=10 * GIB))


def found(seen: HostFacts, **more: Any) -> list[str]:
    return [device.name for device in devices.gpus(wanted(**more), seen)]


def test_the_roomiest_card_comes_first() -> None:
    assert found(host(gpu(16), gpu(24), gpu(12))) == ["card of 24", "card of 16", "card of 12"]


@pytest.mark.parametrize(
    ("driver", "capability", "taken"),
    [
        ("595.80", "8.9", True),
        ("550.54.14", "7.5", True),
        ("535.183", "8.9", False),
        ("560.35", "6.1", False),
        ("570.86", "6.1", True),
        ("580.65", "5.0", True),
        ("580.65", "3.5", False),
        ("470.256.02", None, False),
        ("", "8.9", True),
    ],
)
def test_a_driver_or_card_below_the_floor_is_passed_over(driver: str, capability: str | None, taken: bool) -> None:
    assert bool(found(host(gpu(24, driver=driver, capability=capability)))) == taken


def test_the_driver_of_a_jetson_counts_in_another_way() -> None:
    orin = Gpu(name="Orin (nvgpu)", driver="540.4.0", capability="8.7")
    seen = Accelerator(kind="nvidia", platform="jetson", unified=True, gpus=(orin,))
    assert found(host(accelerator=seen)) == ["Orin (nvgpu)"]


def test_a_card_that_is_lost_is_passed_over() -> None:
    assert found(host(gpu(24, fault="GPU is lost"), gpu(16))) == ["card of 16"]


@pytest.mark.parametrize("kind", ["none", "broken"])
def test_where_nothing_works_there_is_no_device(kind: Any) -> None:
    assert found(host(accelerator=Accelerator(kind=kind, gpus=(gpu(24),)))) == []


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ["card of 24", "card of 16", "card of 12"]),
        ((), []),
        (("1",), ["card of 24"]),
        (("GPU-2", "GPU-0"), ["card of 16", "card of 12"]),
        (("0", "7", "1"), ["card of 16"]),
        (("-1",), []),
    ],
)
def test_only_visible_cards_are_used(visible: tuple[str, ...] | None, names: list[str]) -> None:
    assert found(host(gpu(16), gpu(24), gpu(12)), visible=visible) == names


def test_a_process_sees_one_slice_and_nothing_beside_it() -> None:
    seen = host(gpu(80, slices=CUT), gpu(24))
    assert found(seen) == ["3g.40gb of card of 80"]
    assert found(seen, visible=("MIG-b",)) == ["1g.10gb of card of 80"]
    assert devices.gpus(wanted(), seen)[0].free == 40 * GIB


def test_a_card_that_is_to_be_cut_and_is_not_has_nothing_to_give() -> None:
    assert found(host(gpu(80, slices=()))) == []


def test_amd_cards_are_devices() -> None:
    assert [one.kind for one in devices.gpus(wanted(), host(gpu(16, capability="gfx1100"), kind="amd"))] == ["rocm"]


def test_the_cpu_has_what_is_available() -> None:
    cpu = devices.cpu(wanted(), host(memory=64, available=48))
    assert cpu is not None
    assert cpu.free == 48 * GIB
    assert devices.cpu(wanted(), host(system=None)) is None


@pytest.mark.parametrize(
    ("limit", "free", "bound"),
    [("infinity", 48, False), ("95%", 48, False), ("50%", 32, True), ("20G", 20, True), ("1T", 48, False)],
)
def test_the_cpu_has_no_more_than_the_server_may_take(limit, free, bound):
    cpu = devices.cpu(wanted(memory_limit=limit), host(memory=64, available=48))
    assert cpu.free == free * GIB
    assert cpu.name == (f"CPU, within MemoryMax={limit}" if bound else "CPU")
