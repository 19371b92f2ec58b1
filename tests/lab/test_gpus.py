"""The GPUs that lab hosts play, as their nvidia-smi answers."""

import json
import re

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab import gpu, hardware
from llamakeep_lab.files.nvidia_smi import answer

CORE = "--query-gpu=index,uuid,name,pci.bus_id,driver_version,memory.total,memory.used,memory.free"
PLAIN = "--format=csv,noheader,nounits"


def test_a_card_answers_the_core_query_in_the_real_form():
    text, code = answer(gpu.played("rtx-4080-super"), [CORE, PLAIN])
    assert code == 0
    assert text == (
        "0, GPU-00000000-0000-0000-0000-000000000000, NVIDIA GeForce RTX 4080 SUPER, 00000000:01:00.0, "
        "595.71.05, 16376, 596, 15348\n"
    )


def test_two_cards_answer_with_two_rows_that_differ_in_what_no_two_boards_share():
    text, code = answer(gpu.played("2xa100"), ["--query-gpu=index,uuid,pci.bus_id,count,name", PLAIN])
    first, second = (row.split(", ") for row in text.splitlines())
    assert code == 0
    assert [a == b for a, b in zip(first, second, strict=True)] == [False, False, False, True, True]


def test_header_and_units_are_as_real_ones_print_them():
    text, _ = answer(gpu.played("l40s"), ["--query-gpu=gpu_name,memory.total,power.draw", "--format=csv"])
    assert text == "gpu_name, memory.total [MiB], power.draw [W]\nNVIDIA L40S, 46068 MiB, 144.97 W\n"


def test_a_list_is_as_real_ones_print_it():
    text, code = answer(gpu.played("rtx-4090"), ["-L"])
    assert code == 0
    assert re.fullmatch(r"GPU 0: NVIDIA GeForce RTX 4090 \(UUID: GPU-[0-9a-f-]{36}\)\n", text)


def test_unified_memory_has_no_figure():
    text, _ = answer(gpu.played("gb10"), ["--query-gpu=memory.total,name", PLAIN])
    assert text == "[N/A], NVIDIA GB10\n"


def test_an_unknown_field_spoils_the_query():
    assert answer(gpu.played("rtx-4090"), ["--query-gpu=name,cuda_version", PLAIN]) == (
        'Field "cuda_version" is not a valid field to query.\n\n',
        2,
    )


def test_an_old_driver_refuses_the_compute_capability():
    query = ["--query-gpu=compute_cap", PLAIN]
    assert answer(gpu.played("gtx-1060"), query) == ("6.1\n", 0)
    assert answer(gpu.played("gtx-1060@470.256.02"), query)[1] == 2


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ("broken-driver", 9, "couldn't communicate with the NVIDIA driver"),
        ("driver-mismatch", 18, "Driver/library version mismatch"),
        ("no-devices", 6, "No devices were found"),
    ],
)
def test_a_failure_is_told_on_stdout_with_the_real_exit_code(spec, code, words):
    text, found = answer(gpu.played(spec), [CORE, PLAIN])
    assert found == code
    assert words in text


def test_other_arguments_are_refused_as_real_ones_do():
    assert answer(gpu.played("rtx-4090"), ["--nonsense"])[1] == 1


def test_a_bare_call_says_that_it_is_simulated():
    assert "SIMULATED" in answer(gpu.played("rtx-4090"), [])[0]


def test_every_fixture_says_where_it_is_from_and_can_be_played():
    for name in gpu.models():
        played = gpu.played(name)
        if name != gpu.NONE:
            assert json.loads((gpu._FOLDER / f"{name}.json").read_text())["source"]
            assert not played or played.get("fails", {}).get("hangs") or answer(played, [CORE, PLAIN])[0]


def test_a_board_that_is_cut_up_lists_its_slices_with_their_memory():
    played = gpu.played("mig-a100")
    listing, code = answer(played, ["-L"])
    assert code == 0
    lines = listing.splitlines()
    assert re.fullmatch(r"  MIG 3g\.40gb     Device  0: \(UUID: MIG-[0-9a-f-]{36}\)", lines[1])
    assert len(lines) == 4
    document, code = answer(played, ["-q", "-x"])
    assert (code, document.count("<mig_device>")) == (0, 3)
    assert document.index("<total>40192 MiB") < document.index("<total>81920 MiB")


def test_a_lost_board_is_complained_of_and_leaves_a_gap():
    text, code = answer(gpu.played("one-lost"), [CORE, PLAIN])
    complaint, *rows = text.splitlines()
    assert (complaint, code) == ("Unable to determine the device handle for GPU1: 0000:02:00.0: Unknown Error", 255)
    assert [row.split(", ")[0] for row in rows] == ["0", "2"]


def test_an_amd_host_has_no_nvidia_smi():
    assert gpu.played("rx-7900-xtx") == {}
    assert gpu.machine("rx-7900-xtx")["boards"][0]["driver"] == "amdgpu"


@pytest.mark.parametrize("spec", gpu.models())
def test_every_played_machine_lies_in_a_folder_of_its_own(spec):
    files = hardware.files(spec)
    assert files[hardware.MACHINE].link == f"{hardware.MACHINE}s/{spec}"
    assert {path for path in files if not path.startswith(f"{hardware.MACHINE}s/")} == {hardware.MACHINE}


def test_a_broken_driver_leaves_its_board_on_the_bus_undriven():
    folder = f"{hardware.MACHINE}s/broken-driver/sys/bus/pci/devices/0000:01:00.0"
    files = hardware.files("broken-driver")
    assert files[f"{folder}/device"].content == b"0x2684\n"
    assert f"{folder}/driver" not in files


def test_no_gpu_is_nothing_to_play():
    assert gpu.played("none") == {}


@pytest.mark.parametrize(
    ("spec", "near"),
    [("rtx-490", "rtx-4090"), ("RTX4090", "rtx-4090"), ("2xa10", "a100"), ("brokendriver", "broken")],
)
def test_an_unknown_gpu_is_refused_with_the_nearest_names(spec, near):
    with pytest.raises(Refusal, match="is not known") as refused:
        gpu.played(spec)
    assert near in refused.value.remedy


@pytest.mark.parametrize("spec", ["", "2xnone", "0xa100", "a100@", "../a100", "a100.json"])
def test_an_odd_gpu_is_refused(spec):
    with pytest.raises(Refusal):
        gpu.played(spec)


def test_gpus_are_given_to_llm_hosts_in_order_and_none_to_the_rest():
    assert gpu.assigned(["rtx-4090"], 3) == ("rtx-4090", "none", "none")


def test_more_gpus_than_hosts_are_refused():
    with pytest.raises(Refusal, match="given 2 times"):
        gpu.assigned(["none", "none"], 1)
