"""What the models can run on, judged from recorded answers: one file per case, named for it."""

from pathlib import Path

import pytest

from llamakeep.observe.facts.accelerator import AcceleratorFact
from llamakeep.observe.seen import Accelerator, BusGpu, Gpu, Slice

CASES = Path(__file__).parent / "accelerator"
GIB = 1024**3
MIB = 1024**2


def detected(case: str) -> Accelerator:
    return AcceleratorFact().parse((CASES / f"{case}.txt").read_text(encoding="utf-8"))


WANTED = {  # case: kind, cause, GPUs, how many of them at fault
    "none": ("none", "", 0, 0),
    "none-and-no-bus": ("none", "", 0, 0),
    "470-refuses-compute-cap": ("nvidia", "", 1, 0),
    "535-two-a100": ("nvidia", "", 2, 0),
    "550-rtx-3090": ("nvidia", "", 1, 0),
    "570-eight-h100": ("nvidia", "", 8, 0),
    "590-h200": ("nvidia", "", 1, 0),
    "595-l40s": ("nvidia", "", 1, 0),
    "610-rtx-2080-super": ("nvidia", "", 1, 0),
    "driver-too-old-for-pascal": ("nvidia", "", 1, 0),
    "uvm-not-loaded": ("nvidia", "", 1, 0),
    "carriage-returns": ("nvidia", "", 1, 0),
    "more-refused": ("nvidia", "", 1, 0),
    "old-words-for-nothing": ("nvidia", "", 1, 0),
    "590-mig-new-form": ("nvidia", "", 1, 0),
    "460-mig-old-form": ("nvidia", "", 1, 0),
    "mig-on-and-nothing-cut": ("nvidia", "", 1, 0),
    "mig-in-a-container": ("nvidia", "", 1, 0),
    "vgpu-unlicensed": ("nvidia", "", 1, 0),
    "vgpu-licensed": ("nvidia", "", 1, 0),
    "470-gpu-lost-spoils-all": ("broken", "gpu lost", 1, 1),
    "550-gpu-lost-no-blank": ("nvidia", "gpu lost", 2, 1),
    "570-one-of-eight-lost": ("nvidia", "gpu lost", 8, 1),
    "580-lost-in-the-cells": ("nvidia", "gpu lost", 2, 1),
    "requires-reset": ("broken", "gpu lost", 1, 1),
    "one-passed-over-in-silence": ("nvidia", "gpu lost", 2, 1),
    "a-second-board-without-driver": ("nvidia", "no driver", 2, 1),
    "one-of-two-passed-through": ("nvidia", "", 1, 0),
    "one-of-eight-given-to-a-container": ("nvidia", "", 1, 0),
    "no-gpu-given-to-a-container": ("none", "", 0, 0),
    "wsl2": ("nvidia", "", 1, 0),
    "wsl2-blocked": ("broken", "no permission", 0, 0),
    "wsl2-without-gpu": ("none", "", 0, 0),
    "gb10": ("nvidia", "", 1, 0),
    "jetson-orin-jetpack-5": ("nvidia", "", 1, 0),
    "jetson-orin-jetpack-6": ("nvidia", "", 1, 0),
    "module-not-loaded": ("broken", "module not loaded", 0, 0),
    "nouveau-in-the-way": ("broken", "nouveau", 0, 0),
    "nouveau-and-no-tool": ("broken", "nouveau", 0, 0),
    "passed-through-to-a-vm": ("broken", "passed through", 0, 0),
    "no-supported-gpus-vfio": ("broken", "passed through", 0, 0),
    "tool-left-behind-and-no-gpu": ("none", "", 0, 0),
    "no-driver-and-no-tool": ("broken", "no driver", 0, 0),
    "module-and-no-tool": ("broken", "no library", 0, 0),
    "version-mismatch": ("broken", "version mismatch", 0, 0),
    "version-mismatch-470": ("broken", "version mismatch", 0, 0),
    "library-missing": ("broken", "no library", 0, 0),
    "no-devices": ("broken", "no devices", 0, 0),
    "no-devices-pascal-on-590": ("broken", "no devices", 0, 0),
    "insufficient-permissions": ("broken", "no permission", 0, 0),
    "insufficient-permissions-255": ("broken", "no permission", 0, 0),
    "container-lost-its-devices": ("broken", "no permission", 0, 0),
    "hangs-in-the-kernel": ("broken", "hangs", 0, 0),
    "hangs-after-its-rows": ("broken", "hangs", 8, 0),
    "second-query-hangs": ("nvidia", "", 8, 0),
    "crashed": ("broken", "unreadable", 0, 0),
    "wrong-architecture": ("broken", "unreadable", 0, 0),
    "localised-shell": ("broken", "unreadable", 0, 0),
    "malformed-rows": ("broken", "unreadable", 0, 0),
    "cut-off": ("broken", "unreadable", 0, 0),
    "numbers-that-are-none": ("nvidia", "", 1, 0),
    "warning-beside-the-row": ("nvidia", "", 1, 0),
    "amd-rx-7900-xtx": ("amd", "", 1, 0),
    "amd-instinct": ("amd", "", 1, 0),
    "amd-card-beside-a-small-igpu": ("amd", "", 1, 0),
    "amd-small-igpu-only": ("none", "", 0, 0),
    "amd-strix-halo": ("amd", "", 1, 0),
    "amd-unsupported-target": ("amd", "", 1, 1),
    "amd-no-driver": ("broken", "no driver", 0, 0),
    "amd-no-kfd": ("broken", "no driver", 1, 1),
    "nvidia-beside-an-apu": ("nvidia", "", 1, 0),
    "nvidia-broken-beside-amd": ("amd", "module not loaded", 1, 0),
}


@pytest.mark.parametrize("case", sorted(WANTED))
def test_each_case_is_told_from_the_others(case: str) -> None:
    seen = detected(case)
    assert (seen.kind, seen.cause, len(seen.gpus), sum(bool(gpu.fault) for gpu in seen.gpus)) == WANTED[case]
    assert not (seen.kind == "broken" and not (seen.detail and seen.remedy)), "says neither why nor what to do"


def test_every_recorded_answer_has_a_verdict() -> None:
    assert {path.stem for path in CASES.glob("*.txt")} == WANTED.keys()


@pytest.mark.parametrize("case", sorted(WANTED))
def test_an_answer_that_ends_at_any_line_is_read_as_far_as_it_goes(case: str) -> None:
    lines = (CASES / f"{case}.txt").read_text(encoding="utf-8").splitlines()
    for count in range(1, len(lines) + 1):
        AcceleratorFact().parse("\n".join(lines[:count]))


@pytest.mark.parametrize("answer", ["", "\n\n", "garbage", "@", "@= 0"])
def test_no_answer_is_no_verdict(answer: str) -> None:
    with pytest.raises(ValueError, match="nothing that we asked for"):
        AcceleratorFact().parse(answer)


def test_a_gpu_in_full() -> None:
    seen = detected("590-h200")
    assert seen.gpus == (
        Gpu(
            name="NVIDIA H200",
            driver="590.48.01",
            memory=143771 * MIB,
            used=0,
            free=143158 * MIB,
            uuid="GPU-00000000-0000-4000-8000-000000000000",
            bus="0000:83:00.0",
            capability="9.0",
            ecc=True,
            persistent=True,
            temperature=28.0,
            power=77.71,
        ),
    )
    assert (seen.module, seen.library, seen.uvm, seen.unified) == ("590.48.01", "590.48.01", True, False)
    assert seen.bus == (BusGpu(bus="0000:83:00.0", vendor="nvidia", device="0x2335", name="H200", driver="nvidia"),)


def test_a_driver_that_refuses_a_field_tells_the_rest() -> None:
    (gpu,) = detected("470-refuses-compute-cap").gpus
    assert (gpu.memory, gpu.capability, gpu.temperature, gpu.power) == (11178 * MIB, None, 41.0, None)
    (gpu,) = detected("more-refused").gpus
    assert (gpu.memory, gpu.slices, gpu.persistent) == (15109 * MIB, None, None)


def test_a_cell_that_is_no_number_is_unknown_and_never_nothing() -> None:
    (gpu,) = detected("numbers-that-are-none").gpus
    assert gpu.name == "NVIDIA GeForce RTX 3090, Founders Edition"
    assert (gpu.memory, gpu.used, gpu.free, gpu.capability, gpu.temperature) == (None, None, None, None, None)


def test_slices_have_the_memory_that_the_driver_says() -> None:
    (gpu,) = detected("590-mig-new-form").gpus
    assert [(one.name, one.memory) for one in gpu.slices or ()] == [
        ("3g.40gb", 40448 * MIB),
        ("2g.20gb", 20096 * MIB),
        ("1g.10gb", 9984 * MIB),
    ]


def test_slices_of_an_old_driver_have_at_least_what_their_name_leaves() -> None:
    (gpu,) = detected("460-mig-old-form").gpus
    parent = "MIG-GPU-fb8bbc70-d551-45f9-43d4-9734f9cddb2c"
    assert gpu.slices == tuple(Slice(name="3g.20gb", uuid=f"{parent}/{n}/0", memory=20 * GIB * 7 // 8) for n in (1, 2))


def test_a_gpu_to_be_cut_up_and_not_cut_yet() -> None:
    assert detected("mig-on-and-nothing-cut").gpus[0].slices == ()
    assert detected("590-h200").gpus[0].slices is None


def test_a_licence_is_told_where_it_is_not_in_order() -> None:
    assert detected("vgpu-unlicensed").gpus[0].licence == "Unlicensed (Restricted)"
    assert detected("vgpu-licensed").gpus[0].licence == ""


@pytest.mark.parametrize("case", ["gb10", "jetson-orin-jetpack-5", "jetson-orin-jetpack-6", "amd-strix-halo"])
def test_memory_that_is_the_machines_own_has_no_figure(case: str) -> None:
    seen = detected(case)
    assert (seen.unified, seen.gpus[0].memory) == (True, None)


def test_memory_that_we_may_not_see_is_not_the_machines() -> None:
    seen = detected("mig-in-a-container")
    assert (seen.unified, seen.gpus[0].memory) == (False, None)


def test_a_domain_of_the_bus_beyond_the_first_is_found_again() -> None:
    seen = detected("gb10")
    assert seen.gpus[0].bus == seen.bus[0].bus == "000f:01:00.0"


def test_platforms() -> None:
    assert detected("wsl2").platform == "wsl2"
    assert detected("jetson-orin-jetpack-6").platform == "jetson"
    old = detected("jetson-orin-jetpack-5")
    assert (old.gpus[0].name, old.gpus[0].driver) == ("NVIDIA Jetson AGX Orin Developer Kit", "L4T 35.4.1")


def test_a_mismatch_names_both_versions() -> None:
    seen = detected("version-mismatch")
    assert (seen.module, seen.library) == ("535.129.03", "535.161.07")
    assert "module 535.129.03 is loaded, the library is 535.161.07" in seen.detail
    assert "reboot" in seen.remedy


def test_a_lost_gpu_is_named_with_its_place() -> None:
    seen = detected("570-one-of-eight-lost")
    (lost,) = (gpu for gpu in seen.gpus if gpu.fault)
    assert (lost.name, lost.bus) == ("NVIDIA H100 80GB HBM3", "0000:86:00.0")
    assert lost.fault.startswith("GPU is lost")


def test_an_old_board_under_a_new_driver_hears_which_driver_was_its_last() -> None:
    assert "branch 580" in detected("no-devices-pascal-on-590").remedy
    assert "branch" not in detected("no-devices").remedy


def test_a_driver_of_the_kernel_that_is_missing_for_cuda() -> None:
    seen = detected("uvm-not-loaded")
    assert (seen.uvm, seen.remedy) == (False, "modprobe nvidia_uvm")


def test_an_amd_gpu_in_full() -> None:
    seen = detected("amd-rx-7900-xtx")
    assert seen.gpus == (
        Gpu(
            name="AMD Radeon RX 7900 XT/XTX",
            driver="6.10.5",
            memory=25753026560,
            used=27856896,
            free=25753026560 - 27856896,
            bus="0000:03:00.0",
            capability="gfx1100",
        ),
    )
    assert "ROCm" in seen.remedy


def test_a_kind_of_core_that_nobody_built_for_is_named() -> None:
    seen = detected("amd-unsupported-target")
    assert "gfx1031" in seen.detail
    assert seen.remedy == "use a board whose target Ollama's ROCm libraries know"


def test_boards_of_others_are_seen_and_taken_for_nothing() -> None:
    seen = detected("none")
    assert seen.bus == (
        BusGpu(bus="0000:00:02.0", vendor="other", device="0x4680", name="0x8086:0x4680", driver="i915"),
    )
