"""`llamakeep lab` as a person calls it, where no engine can be reached."""

import json

import pytest
from click.testing import CliRunner

from llamakeep.errors import Refusal
from llamakeep_lab.command import command
from llamakeep_lab.status import HostStatus, LabStatus

HOST = HostStatus(
    name="llm1",
    state="running",
    release="trixie",
    address4="192.0.2.11",
    address6="2001:db8::b",
    gpu="rtx-4090",
    standin=True,
)
WHOLE = LabStatus(name="lab", inventory="/srv/inventories/lab", complete=True, hosts=(HOST,))


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")


def called(*arguments):
    return CliRunner().invoke(command, arguments, standalone_mode=False)


@pytest.mark.parametrize("verb", [["up"], ["down"], ["status"], ["shell", "llm1"]])
def test_a_missing_engine_is_one_message_with_a_remedy(verb):
    refusal = called(*verb).exception
    assert isinstance(refusal, Refusal)
    assert str(refusal).startswith("Docker engine: cannot be reached: nothing listens at its socket\n")
    assert "apt install docker.io" in refusal.remedy


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gpu", "rtx-490"], "did you mean rtx-4090"),
        (["--release", "sid"], "expected: trixie or bookworm"),
        (["--llm", "0"], "0 hosts"),
        (["--name", "My Lab"], "--name my-lab"),
    ],
)
def test_bad_input_is_refused_before_the_engine_is_asked(arguments, words):
    assert words in str(called("up", *arguments).exception)


@pytest.fixture
def labs(monkeypatch):
    """Let the engine know these labs."""
    known = []
    monkeypatch.setattr("llamakeep_lab.engine.connect", lambda: None)
    monkeypatch.setattr("llamakeep_lab.status.every", lambda _: known)
    return known


def test_status_lists_each_host_and_says_that_its_gpu_is_simulated(labs):
    labs.append(WHOLE)
    result = called("status")
    assert result.return_value == 0
    for words in ("llm1", "192.0.2.11", "2001:db8::b", "trixie", "rtx-4090 (simulated)", "stand-in"):
        assert words in result.stdout
    assert result.stdout.endswith("next: llamakeep up -i /srv/inventories/lab\n")


def test_status_as_json_is_json_and_nothing_else(labs):
    labs.append(WHOLE)
    (seen,) = json.loads(called("status", "--json").stdout)
    assert seen["hosts"][0]["gpu"] == "rtx-4090"
    assert seen["hosts"][0]["simulated"] is True


def test_a_lab_that_is_not_complete_is_said_to_be(labs):
    labs.append(WHOLE.model_copy(update={"name": "two", "complete": False}))
    result = called("status")
    assert result.return_value == 1
    assert "NOT COMPLETE" in result.stdout
    assert result.stdout.endswith("next: llamakeep lab up --name two\n")


def test_no_lab_is_said_to_be_none(labs):
    result = called("status")
    assert result.return_value == 1
    assert result.stdout == "no lab is up\nnext: llamakeep lab up\n"
