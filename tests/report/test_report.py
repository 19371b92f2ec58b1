"""The report of a run: what it says of each host, and what it says where a record is missing."""

import json
from pathlib import Path

import pytest
from a_run import INVENTORY, NAME, RECORDS, recorded
from click.testing import CliRunner

from llamakeep import report, state
from llamakeep.cli import report as command
from llamakeep.converge.log import Failure, HostLog
from llamakeep.errors import Refusal
from llamakeep.inventory.door import Door
from llamakeep.plan.plan import Finding
from llamakeep.report import compose, records
from llamakeep.report.summary import HostReport, Report
from llamakeep.verify.check import Check


def composed(tmp_path, *stages):
    return compose.compose(records.read(recorded(tmp_path, *stages)))


def test_each_host_has_one_word(tmp_path):
    states = {host.name: host.state for host in composed(tmp_path).hosts}
    assert states == {
        "gpu01": "proven",
        "gpu02": "not as claimed",
        "gpu03": "could not be checked",
        "chat01": "no claims",
    }


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        (("inventory", "observe", "plan", "converge"), "failed"),
        (("inventory", "observe", "plan"), "to change"),
        (("inventory", "observe"), "no claims"),
    ],
)
def test_without_a_verdict_the_latest_stage_has_the_word(tmp_path, stages, state):
    assert next(host for host in composed(tmp_path, *stages).hosts if host.name == "gpu02").state == state


def test_what_is_played_is_said_of_the_host(tmp_path):
    gpu01, gpu02, *_ = composed(tmp_path).hosts
    assert gpu01.simulated == (
        "a host of the lab, not a machine of its own",
        "its GPU is played from recorded output",
        "a stand-in serves in place of the real Ollama",
    )
    assert gpu02.simulated == ()


def test_doors_models_and_machine_are_told(tmp_path):
    gpu01, gpu02, *_ = composed(tmp_path).hosts
    door, manage = gpu01.doors
    assert (manage.at, manage.port, manage.who) == (("127.0.0.1",), 11436, "root of this host only")
    assert (door.at, door.port, door.who) == (
        ("127.0.0.1", "192.0.2.11"),
        11434,
        "this host, chat_hosts (192.0.2.5)",
    )
    assert gpu01.accelerator == "NVIDIA GeForce RTX 4090, 24.0 GiB, driver 550.54.14"
    assert gpu01.system == "Debian GNU/Linux 13 (trixie), amd64, 4 CPUs, 8.0 GiB"
    assert gpu01.serves == "Ollama 0.34.4-standin"
    assert [host.services["ollama_models"].models[0].state for host in (gpu01, gpu02)] == [
        "whole",
        "the server does not list it",
    ]


def test_a_password_in_a_url_is_struck_out_of_every_file(tmp_path):
    folder = recorded(tmp_path)
    path = folder / "3-plan.json"
    path.write_text(path.read_text().replace("ollama_version", "http://kit:sample@proxy.example:3128"))
    for written in report.write(folder):
        assert "sample@" not in written.read_text()
    assert "http://•••@proxy.example:3128" in (folder / "report.html").read_text()


def test_a_missing_record_is_said_and_stops_nothing(tmp_path):
    found = composed(tmp_path, "verify")
    assert found.missing == ("inventory", "observe", "plan", "converge")
    assert [host.name for host in found.hosts] == ["gpu01", "gpu02", "gpu03"]


@pytest.mark.parametrize(
    ("stages", "code"),
    [((), 2), (("verify",), 1), (("inventory", "plan"), 1), (("inventory",), 1), (("inventory", "observe"), 1)],
)
def test_nothing_green_comes_from_a_broken_or_unproven_run(tmp_path, stages, code):
    assert composed(tmp_path, *stages).code == code


def code_of(*hosts, missing=()):
    return Report(inventory="x", run=NAME, kit="1", seconds=0, missing=missing, notes=(), hosts=hosts).code


def of(name, plan, **more):
    return HostReport(name=name, groups=(), state="", plan=plan, **more)


CHECK = Check(host="a", id="service-sees-network", subject="sealed", claim="it is", holds=True)
PROVEN = of("a", "as wanted", checks=(CHECK,))
UNJUDGED = of("a", "as wanted", checks=(CHECK.model_copy(update={"holds": False, "checked": False}),))
BLOCKED = of("b", "blocked", findings=(Finding(id="host-unreachable", severity="blocking", found="cannot be reached"),))
STOPPED = of(
    "b",
    "to change",
    converged=HostLog(host="b", state="unreachable", failure=Failure(task="preflight | Look", message="gone")),
)


def test_the_code_is_that_of_the_run():
    assert code_of(PROVEN) == 0
    assert code_of(PROVEN, BLOCKED) == 1
    assert code_of(BLOCKED) == 2
    assert code_of(PROVEN, STOPPED) == 2
    assert code_of(UNJUDGED) == 1
    assert code_of(UNJUDGED, missing=("plan", "converge")) == 2
    assert code_of(PROVEN, missing=("plan", "converge")) == 0


def test_a_host_that_was_lost_says_why():
    assert PROVEN.lost == ""
    assert (BLOCKED.lost_for, STOPPED.lost_for) == ("host-unreachable", "converge-failed")
    assert BLOCKED.lost == "cannot be reached"
    assert STOPPED.lost == "unreachable at: preflight | Look\ngone"


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no record of any stage lies here"):
        records.read(tmp_path)


def test_a_record_of_another_version_is_refused_by_place(tmp_path):
    folder = recorded(tmp_path, "verify")
    (folder / "5-verify.json").write_text('{"inventory": "x", "seconds": 1, "checks": [], "extra": 1}')
    with pytest.raises(Refusal, match=r"5-verify\.json: extra: Extra inputs are not permitted"):
        records.read(folder)


def test_the_latest_run_is_taken_and_may_be_asked_for_by_inventory(tmp_path):
    recorded(tmp_path, name="2026-11-20T00-00-00-000000Z")
    newest = recorded(tmp_path, "verify")
    (tmp_path / "2026-12-01T00-00-00-000000Z").mkdir()  # a run that was stopped before it recorded anything
    assert records.latest(tmp_path) == newest
    assert records.latest(tmp_path, INVENTORY) == newest
    with pytest.raises(Refusal, match="no run of inventories/other"):
        records.latest(tmp_path, "inventories/other")


def test_the_reports_files_are_for_their_owner_alone(tmp_path):
    paths = report.write(recorded(tmp_path))
    assert [path.name for path in paths] == ["report.html", "report.json", "junit.xml"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert json.loads(paths.json.read_text())["run"] == NAME


def test_the_verb_takes_the_latest_run_and_says_what_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setenv(state.VARIABLE, str(tmp_path))
    recorded(tmp_path / "runs")
    result = CliRunner().invoke(command.command, ["-i", INVENTORY], standalone_mode=False)
    assert result.return_value == 2  # converge stopped on gpu02
    for said in (
        "gpu01  proven  simulated: a host of the lab",
        "FAILED firewall-table-gone  gpu02 firewall: it is gone",
        "next: llamakeep up",
    ):
        assert said in result.output


def test_json_is_the_report_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = recorded(tmp_path)
    result = CliRunner().invoke(command.command, ["--json", str(folder)], standalone_mode=False)
    assert json.loads(result.output)["inventory"] == INVENTORY


def test_every_stage_has_a_record_in_these_tests():
    assert list(RECORDS) == ["inventory", "observe", "plan", "converge", "verify"]
    assert Path(NAME).name == NAME


def test_a_door_that_asks_for_certificates_says_so():
    shown = {"into": "ollama.service", "port": 11434, "at": ("127.0.0.1", "192.0.2.11"), "sources": ("192.0.2.4",)}
    door = Door(name="ollama-api", groups=("gateway_hosts",), mutual=True, **shown)
    assert compose._door(door).who == "this host, gateway_hosts (192.0.2.4) by certificate"
