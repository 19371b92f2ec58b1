"""Every parser against what real hosts printed: one file per case, named for it."""

import contextlib
import subprocess
from pathlib import Path

import pytest

from llamakeep.observe.ask import Ask
from llamakeep.observe.facts.accelerator import AcceleratorFact
from llamakeep.observe.facts.lab import LabFact
from llamakeep.observe.facts.listeners import ListenersFact
from llamakeep.observe.facts.ollama import OllamaFact
from llamakeep.observe.facts.receipt import ReceiptFact
from llamakeep.observe.facts.services import ServicesFact
from llamakeep.observe.facts.space import SpaceFact
from llamakeep.observe.facts.system import SystemFact
from llamakeep.observe.looking import FACTS
from llamakeep.observe.seen import Accelerator, Gpu, Lab, Listener, SeenOllama, Service, System

HERE = Path(__file__).parent


def said(fact: str, case: str) -> str:
    return (HERE / fact / f"{case}.txt").read_text(encoding="utf-8").rstrip("\n")


def test_system_of_a_debian_host() -> None:
    assert SystemFact().parse(said("system", "debian-13-root")) == System(
        os="debian",
        os_version="13",
        os_name="Debian GNU/Linux 13 (trixie)",
        architecture="amd64",
        kernel="6.12.57+deb13-amd64",
        init="systemd 257",
        cpus=2,
        memory=24684096 * 1024,
        python="3.13.5",
        root="is root",
    )


def test_system_without_systemd_and_python() -> None:
    system = SystemFact().parse(said("system", "no-systemd-no-python"))
    assert (system.init, system.python, system.root) == ("sshd", None, "is root")


def test_system_where_sudo_asks() -> None:
    assert SystemFact().parse(said("system", "sudo-asks-for-a-password")).root == "sudo asks for a password"


def test_space_names_the_nearest_folder() -> None:
    store, releases, downloads = SpaceFact().parse(said("space", "store-on-a-small-disk"))
    assert (store.asked, store.path, store.free) == ("/srv/small/models", "/srv/small", 25600 * 4096)
    assert store.disk != releases.disk == downloads.disk


@pytest.mark.parametrize("case", ["door-held-by-systemd", "door-passed-on-to-its-proxy"])
def test_a_socket_of_systemd_is_systemds(case: str) -> None:
    listeners = ListenersFact().parse(said("listeners", case))
    assert Listener(address="127.0.0.1", port=11434, program="systemd", pid=1) in listeners
    assert Listener(address="::", port=11435, program="systemd", pid=1) in listeners


def test_listeners_without_root_have_no_program() -> None:
    listeners = ListenersFact().parse(said("listeners", "without-root"))
    assert [listener.port for listener in listeners] == [22, 22, 11434, 11435]
    assert {listener.program for listener in listeners} == {None}


def test_listeners_from_the_kernel_where_there_is_no_ss() -> None:
    assert ListenersFact().parse(said("listeners", "no-ss")) == (
        Listener(address="0.0.0.0", port=22, program="sshd", pid=1),
        Listener(address="::", port=22, program="sshd", pid=1),
    )


@pytest.mark.parametrize(
    ("case", "kind", "gpus", "detail"),
    [
        ("none", "none", (), ""),
        ("l40s", "nvidia", (("NVIDIA L40S", 46068, "595.80"),), ""),
        ("two-a100", "nvidia", (("NVIDIA A100-SXM4-80GB", 81920, "535.183.01"),) * 2, ""),
        ("shared-memory", "nvidia", (("NVIDIA GB10", 0, "580.173.02"),), ""),
        ("no-driver", "broken", (), "NVIDIA-SMI has failed because it couldn't communicate"),
        ("version-mismatch", "broken", (), "Failed to initialize NVML: Driver/library version mismatch"),
        ("no-devices", "broken", (), "No devices were found"),
        ("one-gpu-fell-off", "broken", (("NVIDIA GeForce RTX 3090", 24576, "550.54.14"),), "Unable to determine"),
        ("cut-off", "broken", (), "nvidia-smi broke off"),
    ],
)
def test_accelerator(case: str, kind: str, gpus: tuple[tuple[str, int, str], ...], detail: str) -> None:
    found = AcceleratorFact().parse(said("accelerator", case))
    assert found.detail.startswith(detail)
    wanted = tuple(Gpu(name=name, memory=mib * 1024 * 1024, driver=driver) for name, mib, driver in gpus)
    assert found == Accelerator(kind=kind, gpus=wanted, detail=found.detail)  # type: ignore[arg-type]


def test_a_real_host_is_no_lab_host() -> None:
    assert LabFact().parse(said("lab", "a-real-host")) is None


def test_a_lab_host_says_so() -> None:
    answer = '{"lab": "lab", "gpu": "rtx-4090", "standin": true}'
    assert LabFact().parse(answer) == Lab(lab="lab", gpu="rtx-4090", standin=True)


def by_unit(case: str) -> dict[str, Service]:
    return {service.unit: service for service in ServicesFact().parse(said("services", case))}


def test_a_sealed_service_sees_loopback_and_no_route() -> None:
    service = by_unit("sealed")["ollama.service"]
    assert (service.active, service.enabled, service.interfaces, service.routes) == (
        "active",
        "enabled",
        ("lo",),
        0,
    )


def test_an_unsealed_service_sees_the_network() -> None:
    service = by_unit("unsealed")["ollama.service"]
    assert (service.interfaces, service.routes) == (("lo", "eth0"), 2)


def test_a_stopped_service_sees_nothing() -> None:
    service = by_unit("stopped")["ollama.service"]
    assert (service.active, service.pid, service.interfaces, service.routes) == ("inactive", None, None, None)
    assert by_unit("stopped")["llamakeep-firewall.service"].active == "missing"


def test_no_systemd_means_no_services() -> None:
    assert ServicesFact().parse(said("services", "no-systemd")) == ()


@pytest.mark.parametrize("case", ["not-running", "silent"])
def test_a_server_that_does_not_answer(case: str) -> None:
    assert OllamaFact().parse(said("ollama", case)) == SeenOllama(answers=False)


@pytest.mark.parametrize("case", ["none", "no-python"])
def test_no_receipt(case: str) -> None:
    left = ReceiptFact().parse(said("receipt", case))
    assert (left.receipt, left.drift) == (None, ())


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
@pytest.mark.parametrize("answer", ["", "\n\n", "garbage", "{}", "[]", "=", "a\tb\tc", "LISTEN 0"])
def test_garbage_is_refused_or_read_as_nothing_but_never_a_crash(fact, answer: str) -> None:
    with contextlib.suppress(ValueError, LookupError, TypeError):  # `script.parse` reports these as gaps
        fact.parse(answer)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_path_or_python_with_a_blank_or_quote_stays_one_word(fact) -> None:
    ask = Ask(paths=("/srv/it's here/models",), python="/opt/my python/bin/it's")
    checked = subprocess.run(["sh", "-n"], input=fact.question(ask), text=True, capture_output=True, check=False)
    assert checked.stderr == ""


def test_a_receipt_that_holds() -> None:
    left = ReceiptFact().parse(said("receipt", "converged"))
    assert left.receipt is not None
    assert (left.receipt.complete, len(left.receipt.salt)) == (True, 32)
    assert {"ollama_version", "lock:ollama", "lock:model:mistral:7b"} <= left.receipt.inputs.keys()
    assert {"firewall", "ollama", "ollama_models"} <= left.receipt.managed.keys()


def test_what_drifted_is_named() -> None:
    drift = {
        (one.kind, one.name.partition(" ")[0]): one.found
        for one in ReceiptFact().parse(said("receipt", "drifted")).drift
    }
    assert drift["file", "/etc/llamakeep/firewall.nft"] == "mode 0600, expected 0644"
    assert drift["firewall", "inet"] == "gone"
    assert drift["file", "/etc/systemd/system/ollama.service"] == "its content was changed"
    assert drift["model", "llama2:latest"] == "its manifest is missing"
    assert drift["blob", "llama2:latest"] == "its bytes were changed"
    assert drift["unit", "ollama.service"].startswith("inactive (dead), expected started")


def test_a_server_with_models() -> None:
    seen = OllamaFact().parse(said("ollama", "standin-with-three-models"))
    assert (seen.answers, seen.version, seen.cloud_disabled) == (True, "0.34.4-standin", True)
    assert [model.name for model in seen.models] == ["llama2:latest", "meditron:latest", "mistral:7b"]
    assert {len(model.digest) for model in seen.models} == {64}


def test_a_converged_host_is_sealed_and_its_door_too() -> None:
    units = by_unit("converged")
    assert {units[name].interfaces for name in ("ollama.service", "ollama-api.service")} == {("lo",)}
    assert units["llamakeep-firewall.service"].active == "active"
