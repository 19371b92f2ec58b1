"""Models that do not fit: refused, warned of, or left out and never asked for again."""

from importlib import import_module
from typing import Any

import pytest
from office import GIB, KIT, MISTRAL, bare, converged, host, model
from office import room as space_of

from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.inventory.recorded import recorded
from llamakeep.lock.lock import Lock
from llamakeep.observe.seen import Accelerator, Drift, HostFacts
from llamakeep.plan.cause import differing
from llamakeep.plan.compare import plan_for
from llamakeep.plan.finding import findings_for
from llamakeep.plan.fit.result import Estimate, HostFit, ModelFit, Verdict
from llamakeep.plan.left_out import left_out, may_leave_out, settled, without
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels

STAGE = "llamakeep.services.ollama_models.planned"
LARGE = model("llama3.1:70b", ("large", 40 * GIB))
SUMS = Estimate(
    weights=40 * GIB, cache=2 * GIB, compute=GIB, projector=0, overhead=300 * 2**20, margin=GIB, context=8192,
    parallel=1, batch=512, gpus=1, cache_shown=2 * GIB,
)  # fmt: skip


def wishing(**changed: Any) -> Host:
    wanted = host(MISTRAL, LARGE)
    models = {name: changed.pop(name) for name in ("on_misfit",) if name in changed}
    wanted = wanted.having("ollama_models", wanted.must_have(WantedModels).model_copy(update=models))
    return wanted.having("ollama", wanted.must_have(WantedOllama).model_copy(update=changed))


def fitting(verdict: Verdict, room: int = 24 * GIB, **changed: Any) -> HostFit:
    one = {"model": "llama3.1:70b", "verdict": verdict, "estimate": SUMS, "room": room, "devices": ("RTX 4090",)}
    return HostFit(
        models=(ModelFit(model="mistral:7b", verdict="fits", estimate=SUMS, room=0), ModelFit(**one)), **changed
    )


def told(wanted: Host, fit: HostFit, seen: HostFacts | None = None) -> list[tuple[str, str]]:
    return [(one.severity, one.found) for one in findings_for(wanted, seen or bare(), fit)]


@pytest.mark.parametrize("verdict", ["fits", "spreads"])
def test_what_lies_on_gpus_whole_is_no_finding(verdict: Verdict) -> None:
    assert told(wishing(), fitting(verdict)) == []


@pytest.mark.parametrize("verdict", ["does not fit", "spills", "cpu"])
@pytest.mark.parametrize(("choice", "severity"), [("fail", "blocking"), ("warn", "warning"), ("skip", "warning")])
def test_a_misfit_is_what_the_inventory_says(verdict: Verdict, choice: str, severity: str) -> None:
    choices = {} if choice == "fail" else {"llama3.1:70b": choice}
    ((found, said),) = told(wishing(on_misfit=choices), fitting(verdict))
    assert found == severity
    assert said.startswith("llama3.1:70b is left out (on_misfit: skip): " if choice == "skip" else "llama3.1:70b: ")
    assert "24.0 GiB" in said


def test_where_the_cpu_will_do_nobody_expects_a_gpu() -> None:
    findings = findings_for(wishing(require_accelerator="none"), bare(), fitting("does not fit"))
    assert [one.expected for one in findings] == ["44.3 GiB of memory that is free"]


def test_the_remedy_names_variables_and_places() -> None:
    (finding,) = findings_for(wishing(parallel=4), bare(), fitting("spills", 42 * GIB))
    assert "lower ollama_context_length (its default: 8192)" in finding.remedy
    assert "lower ollama_num_parallel (its default: 4)" in finding.remedy
    assert "ollama_models_names, group_vars/llm_hosts.yml:5" in finding.remedy
    assert "{name: llama3.1:70b, on_misfit: warn or skip}" in finding.remedy
    assert finding.expected == "all of it on GPUs, with 8192 tokens"
    (finding,) = findings_for(wishing(), bare(), fitting("spills", 24 * GIB))  # no context is small enough
    assert finding.remedy.startswith("name a smaller one in ollama_models_names, group_vars/llm_hosts.yml:5; or write")


def test_where_the_cpu_will_do_it_may_take_a_part_or_all() -> None:
    wanted = wishing(require_accelerator="none")
    assert told(wanted, fitting("cpu")) == []
    assert told(wanted, fitting("spills"))[0][0] == "warning"
    assert told(wanted, fitting("does not fit"))[0][0] == "blocking"
    assert left_out(wishing(require_accelerator="none", on_misfit={"llama3.1:70b": "skip"}), fitting("spills")) == ()


def test_what_cannot_be_said_is_a_warning_whatever_the_choice() -> None:
    fit = HostFit(
        models=(ModelFit(model="llama3.1:70b", verdict="cannot say", estimate=None, room=0, why="no numbers"),)
    )
    wanted = wishing(on_misfit={"llama3.1:70b": "skip"})
    assert told(wanted, fit) == [("warning", "llama3.1:70b: cannot say whether it fits: no numbers")]
    assert left_out(wanted, fit) == ()


def test_a_missing_gpu_is_said_once_and_not_for_each_model() -> None:
    seen = bare(accelerator=Accelerator(kind="none"))
    assert told(wishing(), fitting("cpu"), seen) == [("blocking", "no GPU detected")]


def test_what_is_played_is_said() -> None:
    ((_, said),) = told(wishing(), fitting("does not fit", simulated=True))
    assert "(simulated)" in said


SKIPPING = {"llama3.1:70b": "skip"}


@pytest.fixture
def fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        import_module("llamakeep.services.ollama_models.planned"), "fit", lambda wanted, seen: fitting("does not fit")
    )


@pytest.mark.usefixtures("fit")
def test_a_model_that_is_left_out_comes_with_no_change_and_needs_no_room() -> None:
    plan = plan_for(wishing(on_misfit=SKIPPING), bare(space=space_of(10 * GIB)), KIT)
    assert plan.left_out == ("llama3.1:70b",)
    assert [one.what for one in plan.changes if ":" in one.what[:14]] == ["mistral:7b"]
    assert [one.severity for one in plan.findings] == ["warning"]
    failing = plan_for(wishing(), bare(space=space_of(10 * GIB)), KIT)
    assert failing.left_out == ()
    assert any("no room" in one.found for one in failing.findings)


@pytest.mark.usefixtures("fit")
def test_a_second_look_changes_nothing() -> None:
    wanted = wishing(on_misfit=SKIPPING)
    after = converged(
        without(wanted, {wanted.name: ["llama3.1:70b"]})
    )  # what the action `receipt` keeps: no pin of what was left out
    plan = plan_for(wanted, after, KIT)
    assert (plan.state, plan.changes) == ("as wanted", ())


@pytest.mark.usefixtures("fit")
def test_one_that_was_brought_before_stays_and_its_damage_is_nobodys_work() -> None:
    wanted = wishing(on_misfit=SKIPPING)
    drift = (Drift(kind="model", name="llama3.1:70b", found="its manifest is missing"),)
    plan = plan_for(wanted, converged(wanted, drift=drift), KIT)
    assert (plan.state, plan.changes) == ("as wanted", ())
    assert "llama3.1:70b is left out; it stays where it is (on_misfit: skip)" in plan.findings[0].found


def test_one_that_fits_now_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        import_module("llamakeep.services.ollama_models.planned"), "fit", lambda wanted, seen: fitting("fits")
    )
    wanted = wishing(on_misfit=SKIPPING)
    plan = plan_for(wanted, converged(without(wanted, {wanted.name: ["llama3.1:70b"]})), KIT)
    assert [one.what for one in plan.changes] == ["llama3.1:70b"]


def test_policy_is_no_difference() -> None:
    """Another on_misfit, another minimum: nothing restarts, and no receipt is out of date."""
    before = host(MISTRAL, ollama_minimum_vram="8 GB")
    receipt = converged(before).receipt
    assert receipt is not None
    receipt = receipt.model_copy(
        update={"inputs": {name: fingerprint("00ff", value) for name, value in recorded(before.inputs).items()}}
    )
    items = [{"name": "mistral:7b", "on_misfit": "skip"}]
    after = host(MISTRAL, ollama_minimum_vram="24 GB", ollama_models_names=items, ollama_require_accelerator="none")
    assert differing(after, receipt) == frozenset()


def test_who_is_settled_is_not_looked_at_again() -> None:
    wanted = wishing(on_misfit=SKIPPING)
    fleet = Fleet(inventory="x", lock=Lock(), hosts=(wanted,))
    assert may_leave_out(fleet) == (wanted,)
    after = settled(fleet, {"gpu03": ("llama3.1:70b",)})
    assert may_leave_out(after) == ()
    assert [one.name for one in after.hosts[0].must_have(WantedModels).models] == ["mistral:7b"]
    assert settled(fleet, {}) == fleet


@pytest.mark.usefixtures("fit")
def test_a_host_that_could_not_be_looked_at_has_no_fit() -> None:
    plan = plan_for(wishing(on_misfit=SKIPPING), HostFacts(host="gpu03", reachable=False), KIT)
    assert (plan.fit, plan.left_out) == (None, ())
