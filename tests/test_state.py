"""What the kit remembers: beside the lock, small, and never taken for more than it is."""

import json
import subprocess
from pathlib import Path

import pytest

from llamakeep import inventory, state
from llamakeep.cli import main
from llamakeep.converge.log import HostLog
from llamakeep.errors import Refusal

HOSTS = "llm_hosts:\n  hosts:\n    gpu01:\n"
LEFT = HostLog(host="gpu01", state="changed", receipt="ab" * 32)


@pytest.fixture(autouse=True)
def _no_other_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(state.VARIABLE, raising=False)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "hosts.yml").write_text(HOSTS)
    return folder


def test_its_home_is_beside_the_lock(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state.home(str(office)) == office / ".llamakeep"
    assert state.home(str(office / "hosts.yml")) == office / ".llamakeep"
    monkeypatch.setenv(state.VARIABLE, "elsewhere")
    assert state.home(str(office)) == Path.cwd() / "elsewhere"
    assert state.home("gpu01,gpu02") == Path.cwd() / "elsewhere"


def test_a_list_of_hosts_has_no_home() -> None:
    with pytest.raises(Refusal, match="is no place to remember anything") as refused:
        state.home("gpu01,")
    assert state.VARIABLE in refused.value.remedy


def test_a_receipt_is_remembered_without_a_secret_and_once(office: Path) -> None:
    assert state.remember(str(office), "0.1.0+abc", [LEFT]) == ""
    (file,) = (office / ".llamakeep" / "hosts").iterdir()
    found = json.loads(file.read_text())
    assert file.name == "gpu01.json"
    assert set(found) == {"host", "kit", "receipt", "seen"}
    assert state.remembered(str(office), "gpu01")["receipt"] == "ab" * 32
    before = file.stat().st_mtime_ns
    state.remember(str(office), "0.1.0+abc", [LEFT])
    assert file.stat().st_mtime_ns == before


def test_each_host_has_a_file_of_its_own_whatever_its_name(office: Path) -> None:
    names = ["gpu01", "GPU01", "a/b", "..", "2001:db8::1"]
    state.remember(str(office), "k", [LEFT.model_copy(update={"host": name}) for name in names])
    assert [state.remembered(str(office), name)["host"] for name in names] == names
    assert len(list((office / ".llamakeep" / "hosts").iterdir())) == len(names)


def test_of_a_host_that_did_not_come_to_its_end_nothing_new_is_remembered(office: Path) -> None:
    state.remember(str(office), "k", [LEFT])
    state.remember(str(office), "k", [LEFT.model_copy(update={"receipt": "", "state": "failed"})])
    assert state.remembered(str(office), "gpu01")["receipt"] == "ab" * 32


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_what_is_not_remembered_is_unknown(office: Path, content: str | None) -> None:
    if content is not None:
        state.remember(str(office), "k", [LEFT])
        (office / ".llamakeep" / "hosts" / "gpu01.json").write_text(content)
    assert state.remembered(str(office), "gpu01") == {}
    assert state.remembered("gpu01,", "gpu01") == {}


def test_a_memory_that_cannot_be_written_is_said_after_a_converge(office: Path) -> None:
    (office / ".llamakeep").mkdir()
    (office / ".llamakeep" / "hosts").write_text("no folder")
    said = state.remember(str(office), "k", [LEFT])
    assert said.startswith(f"the receipts of this run are not remembered: {office}/.llamakeep/hosts: ")


def test_version_control_sees_hosts_and_no_runs_and_ansible_sees_neither(office: Path) -> None:
    subprocess.run(["git", "init", "-q", str(office)], check=True)
    fleet = inventory.load(office)
    assert state.keep(str(office), {"inventory": fleet}).note == ""
    state.remember(str(office), "k", [LEFT])
    command = ["git", "-C", str(office), "status", "--porcelain", "-uall"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["??", ".llamakeep/hosts/gpu01.json", "??", "hosts.yml"]
    assert inventory.load(office) == fleet


def test_where_nothing_can_be_kept_that_is_said_once_and_the_answer_comes(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / ".llamakeep").write_text("no folder")
    monkeypatch.setattr("sys.argv", ["llamakeep", "show", "-i", str(office)])
    assert main() == 0
    out, err = capsys.readouterr()
    assert "gpu01" in out
    assert err.count("nothing was kept of this run") == 1
    assert "--state DIR" in err


def test_up_is_refused_before_anything_is_touched(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / ".llamakeep").write_text("no folder")
    monkeypatch.setattr("llamakeep.observe.look", lambda _: pytest.fail("a host was asked"))
    monkeypatch.setattr("sys.argv", ["llamakeep", "up", "-i", str(office)])
    assert main() == 2
    assert f"{office}/.llamakeep/runs: cannot be written: " in capsys.readouterr().err


def test_the_option_names_another_place(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.VARIABLE, "")  # put back afterwards
    place = office.parent / "kept"
    monkeypatch.setattr("sys.argv", ["llamakeep", "show", "-i", str(office), "--state", str(place)])
    assert main() == 0
    assert [path.name for path in office.iterdir()] == ["hosts.yml"]
    assert len(list(place.glob("runs/*/1-inventory.json"))) == 1
