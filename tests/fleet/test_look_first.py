"""Before anything is touched, an operator learns which host can do the job, and why the others cannot."""

import pytest
from kit import llamakeep, report

from llamakeep_lab import Lab

pytestmark = pytest.mark.lab

SERVES = {"rtx-4090": "RTX 4090 (simulated)", "2xa100": "2 \N{MULTIPLICATION SIGN} A100-SXM4-80GB (simulated)"}
REFUSED = {
    "gtx-1060": "its largest GPU is too small (simulated): NVIDIA GeForce GTX 1060 6GB, with 6.4 GB",
    "none": "no GPU detected",
    "broken-driver": "its GPU cannot be used (simulated): module not loaded",
    "driver-mismatch": "its GPU cannot be used (simulated): version mismatch",
    "rtx-4090@535.183.01": "535.183.01",
}


@pytest.fixture
def playing(lab: Lab):
    """Let the first server play one GPU after the other."""
    yield lambda spec: lab.simulate("llm1", spec)
    lab.simulate("llm1", "rtx-4090")


@pytest.mark.parametrize("spec", SERVES)
def test_a_host_that_can_serve_is_not_refused(lab: Lab, playing, spec: str) -> None:
    playing(spec)
    done = llamakeep("observe", "-i", lab.inventory, "--limit", "llm1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert SERVES[spec] in done.stdout
    assert "\N{BALLOT X}" not in done.stdout


@pytest.mark.parametrize("spec", REFUSED)
def test_a_host_that_cannot_is_refused_with_the_reason(lab: Lab, playing, spec: str) -> None:
    playing(spec)
    done = llamakeep("observe", "-i", lab.inventory, "--limit", "llm1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert REFUSED[spec] in done.stdout
    assert "ollama_require_accelerator: none" in done.stdout, "the way out is named"
    assert "1 host: 1 seen · 1 cannot serve as it is" in done.stdout.splitlines()


def test_the_plan_says_how_much_of_the_memory_each_model_takes(lab: Lab, playing) -> None:
    playing("rtx-4090")
    host = next(one for one in report("plan", "-i", lab.inventory, "--limit", "llm1")["hosts"] if one["host"] == "llm1")
    fits = {one["model"]: one for one in host["fit"]["models"]}
    assert fits["smollm2:135m"]["verdict"] == "fits"
    parts = fits["smollm2:135m"]["estimate"]
    assert parts["context"] == 8192
    assert parts["cache"] == 30 * 2 * 3 * 64 * 8192 * 2, "30 layers, K and V, 3 heads of 64, f16"
