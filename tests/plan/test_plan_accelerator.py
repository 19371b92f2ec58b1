"""What stands against a host's GPUs, rule by rule, and what the inventory's word makes of it."""

from typing import Any

import pytest
from office import GIB, bare, host, system

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import Accelerator, Apple, BusGpu, Gpu, Slice
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.planned.accelerator import accelerator_findings
from llamakeep.services.ollama.wanted import WantedOllama


def gpu(**changed: Any) -> Gpu:
    found: dict[str, Any] = {
        "name": "NVIDIA GeForce RTX 4090",
        "driver": "595.80",
        "memory": 24 * GIB,
        "uuid": "GPU-5f2c",
        "bus": "0000:01:00.0",
        "capability": "8.9",
    }
    return Gpu(**{**found, **changed})


def nvidia(*gpus: Gpu, **changed: Any) -> Accelerator:
    return Accelerator(**{"kind": "nvidia", "gpus": gpus or (gpu(),), **changed})


def wishing(**changed: Any) -> Host:
    wanted = host()
    places = {f"ollama_{name}": f"host_vars/gpu03.yml:{line}" for line, name in enumerate(changed, start=2)}
    required = wanted.must_have(WantedOllama).model_copy(update=changed)
    return wanted.having("ollama", required).model_copy(update={"places": places})


def findings(found: Accelerator, wanted: Host | None = None, **seen: Any) -> tuple[Finding, ...]:
    asked = wanted or host()
    return accelerator_findings(asked, asked.must_have(WantedOllama), bare(accelerator=found, **seen))


def only(found: Accelerator, wanted: Host | None = None, **seen: Any) -> Finding:
    (finding,) = findings(found, wanted, **seen)
    return finding


def test_a_sound_gpu_is_no_finding() -> None:
    assert findings(nvidia()) == ()
    assert accelerator_findings(host(), host().must_have(WantedOllama), bare()) == ()  # not seen: a gap, told as one


def test_a_host_without_an_accelerator_is_refused_unless_the_cpu_will_do() -> None:
    finding = only(Accelerator(kind="none"))
    assert finding.severity == "blocking"
    assert finding.found == "no GPU detected"
    assert finding.remedy.endswith("set ollama_require_accelerator: none (now any, its default)")
    assert findings(Accelerator(kind="none"), wishing(require_accelerator="none")) == ()


def test_a_board_without_a_driver_is_named() -> None:
    board = BusGpu(bus="0000:01:00.0", vendor="nvidia", device="0x2684", name="GeForce RTX 4090", driver="")
    assert "on the PCI bus: GeForce RTX 4090 at 0000:01:00.0" in only(Accelerator(kind="none", bus=(board,))).found


def test_a_broken_gpu_is_refused_with_cause_and_remedy() -> None:
    broken = Accelerator(
        kind="broken", cause="version mismatch", detail="NVML library version: 550.54", remedy="reboot the host"
    )
    finding = only(broken)
    assert finding.severity == "blocking"
    assert finding.found == "its GPU cannot be used: version mismatch: NVML library version: 550.54"
    assert finding.remedy.startswith("reboot the host; or, where the CPU will do,")
    lenient = only(broken, wishing(require_accelerator="none"))
    assert lenient.severity == "warning"
    assert lenient.remedy == "reboot the host; until then Ollama would use the CPU and not say so"


def test_what_is_played_is_said() -> None:
    assert "(simulated)" in only(Accelerator(kind="broken", simulated=True)).found
    assert "(simulated)" in only(Accelerator(kind="none"), simulated=True).found


def test_another_kind_than_the_wanted_one() -> None:
    finding = only(nvidia(), wishing(require_accelerator="apple"))
    assert (finding.severity, finding.found) == (
        "blocking",
        "its GPU is of another kind: NVIDIA GeForce RTX 4090",
    )
    assert finding.expected == ("an Apple Silicon GPU (ollama_require_accelerator, host_vars/gpu03.yml:2)")
    assert findings(nvidia(), wishing(require_accelerator="nvidia")) == ()


@pytest.mark.parametrize(
    ("driver", "capability", "expected"),
    [
        ("535.183.01", "8.9", "550 or newer"),
        ("549.99", "12.0", "550 or newer"),
        ("565.57", "6.1", "570 or newer (up to 580: no later one knows it), for a compute capability below 7.0"),
        ("565.57", "7.0", None),
        ("570.10", "6.1", None),
        ("", "8.9", None),
        ("N/A", "8.9", None),
    ],
)
def test_a_driver_that_is_too_old(driver: str, capability: str, expected: str | None) -> None:
    found = findings(nvidia(gpu(driver=driver, capability=capability)))
    assert [(one.severity, one.expected) for one in found] == ([("blocking", expected)] if expected else [])


def test_eight_gpus_under_an_old_driver_are_one_finding() -> None:
    finding = only(nvidia(*(gpu(driver="535.183.01", uuid=f"GPU-{n}") for n in range(8))))
    assert finding.found == (
        "the NVIDIA driver 535.183.01 is too old for NVIDIA GeForce RTX 4090: Ollama passes it over"
    )


def test_an_old_gpu_beside_a_good_one_only_warns() -> None:
    old = gpu(name="NVIDIA GeForce GTX 780", capability="3.5", memory=3 * GIB)
    assert only(nvidia(old)).severity == "blocking"
    finding = only(nvidia(old, gpu()))
    assert (finding.severity, finding.found) == (
        "warning",
        "NVIDIA GeForce GTX 780 has the compute capability 3.5, for which Ollama has no code",
    )


def test_a_capability_that_ollama_does_not_list() -> None:
    finding = only(nvidia(gpu(name="NVIDIA B200", capability="10.0")))
    assert (finding.severity, finding.found) == (
        "warning",
        "NVIDIA B200 has the compute capability 10.0, which Ollama does not list",
    )
    assert findings(nvidia(gpu(capability=None))) == ()


def test_uvm_must_be_loaded() -> None:
    finding = only(nvidia(uvm=False))
    assert finding.severity == "blocking"
    assert "nvidia_uvm is not loaded: CUDA fails, though nvidia-smi works" in finding.found
    assert findings(nvidia(uvm=True)) == ()


def test_a_faulty_gpu_among_healthy_ones_warns_and_alone_blocks() -> None:
    lost = gpu(fault="GPU is lost", bus="0000:41:00.0", memory=None)
    finding = only(nvidia(gpu(), lost))
    assert (finding.severity, finding.found) == (
        "warning",
        "NVIDIA GeForce RTX 4090 at 0000:41:00.0 is faulty: GPU is lost; 1 of 2 GPUs serve",
    )
    assert only(nvidia(lost)).severity == "blocking"


def test_mig_without_slices() -> None:
    finding = only(nvidia(gpu(slices=())))
    assert (finding.severity, finding.expected) == ("blocking", "slices, or MIG disabled")
    assert only(nvidia(gpu(slices=()), gpu())).severity == "warning"


def test_the_largest_gpu_counts_and_not_their_sum() -> None:
    small = gpu(name="NVIDIA GeForce GTX 1060 6GB", memory=6 * GIB, capability="6.1")
    finding = only(nvidia(small, small))
    assert finding.severity == "blocking"
    assert finding.found == "its largest GPU is too small: NVIDIA GeForce GTX 1060 6GB, with 6.4 GB"
    assert finding.expected.startswith("8.0 GB on one GPU (ollama_minimum_vram, its default)")
    assert findings(nvidia(small, gpu())) == ()
    assert findings(nvidia(small), wishing(minimum_vram=6 * 10**9)) == ()
    assert only(nvidia(small), wishing(require_accelerator="none")).severity == "warning"


def test_slices_shared_memory_and_working_sets_have_a_size() -> None:
    parts = (Slice(name="1g.5gb", uuid="MIG-1", memory=5 * GIB), Slice(name="2g.10gb", uuid="MIG-2", memory=10 * GIB))
    assert findings(nvidia(gpu(slices=parts))) == ()
    assert "1g.5gb, with 5.4 GB" in only(nvidia(gpu(slices=parts[:1]))).found
    assert findings(nvidia(gpu(memory=None), unified=True)) == ()
    assert "with 4.3 GB" in only(nvidia(gpu(memory=None), unified=True), system=system(memory=4 * GIB)).found
    assert findings(nvidia(gpu(memory=None))) == ()
    chip = Apple(
        chip="Apple M1", cores=8, gpu_cores=8, macos="15.6", translated=False, wired_limit=0, working_set=5 * GIB,
        exact=False,
    )  # fmt: skip
    assert "Apple M1, with 5.4 GB" in only(Accelerator(kind="apple", apple=chip)).found


@pytest.mark.parametrize(
    ("visible", "sees"),
    [(None, True), (("0",), True), (("GPU-5f2c",), True), (("GPU-5f",), True), ((), False), (("1",), False)],
)
def test_visible_devices_must_name_a_gpu_of_the_host(visible: tuple[str, ...] | None, sees: bool) -> None:
    found = findings(nvidia(), wishing(visible=visible))
    assert (found == ()) is sees
    if not sees:
        assert found[0].severity == "blocking"
        assert "CUDA_VISIBLE_DEVICES in ollama_environment names no GPU of this host" in found[0].found


def test_only_visible_gpus_are_measured() -> None:
    small = gpu(name="NVIDIA T1000", memory=4 * GIB, uuid="GPU-1")
    assert "NVIDIA T1000, with 4.3 GB" in only(nvidia(small, gpu()), wishing(visible=("0",))).found


def test_remarks_on_licence_amd_wsl2_and_jetson() -> None:
    assert "Unlicensed (Restricted)" in only(nvidia(gpu(licence="Unlicensed (Restricted)"))).found
    card = gpu(name="AMD Radeon RX 7900 XTX", driver="6.10.5", capability="gfx1100")
    amd = Accelerator(kind="amd", gpus=(card,))
    assert "needs ROCm's libraries, which are not in the locked archive" in only(amd).found
    named = host(ollama_archive_url="file:///srv/both.tgz")
    assert findings(amd, named) == ()
    assert "it runs in WSL2: its GPU is driven from Windows" in only(nvidia(platform="wsl2")).found
    orin = gpu(name="Orin (nvgpu)", driver="540.4.0", capability="8.7", memory=None)
    finding = only(nvidia(orin, platform="jetson", unified=True))
    assert (finding.severity, "it is a Jetson" in finding.found) == ("warning", True)


def test_an_answer_that_was_half_understood() -> None:
    finding = only(nvidia(detail="1, NVIDIA"))
    assert (finding.severity, finding.found) == ("warning", "of its GPUs not all could be read: 1, NVIDIA")


def test_an_amd_gpu_without_code_for_it() -> None:
    card = gpu(name="AMD Radeon RX 6700", driver="amdgpu", capability="gfx1031", fault="Ollama has no code for it")
    found = findings(Accelerator(kind="amd", gpus=(card,), remedy="HSA_OVERRIDE_GFX_VERSION"))
    assert found[0].severity == "blocking"
    assert found[0].remedy.startswith("HSA_OVERRIDE_GFX_VERSION")
