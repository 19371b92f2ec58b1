"""How a run ends: the exit code of `up`."""

import pytest
from rich.console import Console

from llamakeep import pipeline
from llamakeep.converge.log import Failure, HostLog, RunLog
from llamakeep.inventory.fleet import Fleet
from llamakeep.lock.lock import Lock
from llamakeep.pipeline import exit_code
from llamakeep.plan.plan import Change, Finding, HostPlan, Plan
from llamakeep.verify.check import Check, Verdict

BLOCKED = HostPlan(host="gpu02", findings=(Finding(id="no-systemd", severity="blocking", found="no systemd"),))
WANTED = HostPlan(host="gpu01")
CHANGES = HostPlan(host="gpu01", changes=(Change(what="ollama", why="no receipt"),))
DONE = HostLog(host="gpu01", state="changed", changed=1)
FAILED = HostLog(host="gpu01", state="failed", failure=Failure(task="install", message="disk full"))


def verdict(*holds: bool) -> Verdict:
    about = {"host": "gpu01", "id": "release-wrong", "subject": "service", "claim": "it answers"}
    checks = tuple(Check.model_validate({**about, "holds": each}) for each in holds)
    return Verdict(inventory="x", seconds=0, checks=checks)


@pytest.mark.parametrize(
    ("plans", "logs", "verdict_on_all", "code"),
    [
        pytest.param([WANTED], [], verdict(True), 0, id="as wanted"),
        pytest.param([CHANGES], [DONE], verdict(True, True), 0, id="converged and proven"),
        pytest.param([CHANGES], [DONE], verdict(True, False), 1, id="a claim does not hold"),
        pytest.param([CHANGES, BLOCKED], [DONE], verdict(True), 1, id="one host cannot"),
        pytest.param([BLOCKED], [], verdict(), 2, id="no host can"),
        pytest.param([CHANGES], [FAILED], verdict(), 2, id="converge failed"),
        pytest.param([WANTED], [], verdict(), 1, id="nothing was proven"),
    ],
)
def test_exit_code(plans, logs, verdict_on_all, code):
    planned = Plan(inventory="x", hosts=tuple(plans))
    log = RunLog(inventory="x", seconds=1, hosts=tuple(logs))
    assert exit_code(planned, log, verdict_on_all) == code


def test_what_a_host_is_not_given_is_handed_to_converge(monkeypatch):
    given = {}

    def run(inventory, hosts, console, **options):
        given.update(options, hosts=hosts)
        return RunLog(inventory=inventory, seconds=1, hosts=(DONE,))

    monkeypatch.setattr("llamakeep.converge.run", run)
    leaving = CHANGES.model_copy(update={"left_out": ("llama3.1:70b",), "needs_tty": True})
    planned = Plan(inventory="x", hosts=(leaving, BLOCKED))
    pipeline._converge(Fleet(inventory="x", lock=Lock(), hosts=()), planned, Console(quiet=True), everything=False)
    assert given == {"hosts": ("gpu01",), "left_out": {"gpu01": ("llama3.1:70b",)}, "ttys": ("gpu01",)}
