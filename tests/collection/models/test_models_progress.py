"""Watching a module never disturbs it, and leaves nothing behind."""

import json
import time

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import progress
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.progress import Watch, line

SEEN = {
    "job": "mine",
    "stage": "models",
    "what": "mistral:7b",
    "done": 61_000_000,
    "total": 100_000_000,
    "rate": 4_875_000,
    "source": "http://registry1:5000",
}


class Connection:
    """A connection to a host on which a module runs."""

    def __init__(self, said=None, fails=False):
        self.said = SEEN if said is None else said
        self.fails = fails
        self.asked = []

    def exec_command(self, command, sudoable=True):
        self.asked.append((command, sudoable))
        if self.fails:
            raise OSError("the connection is gone")
        return 0, (self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()), b""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.delenv("LLAMAKEEP_PROGRESS", raising=False)


def watch(connection, until, job="mine"):
    going = Watch(connection, "models", job, "gpu03")
    going.start()
    limit = time.monotonic() + 5
    while not until() and time.monotonic() < limit:
        time.sleep(0.01)
    assert until()
    return going


def test_progress_goes_to_a_file_of_the_host_and_is_gone_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("LLAMAKEEP_PROGRESS", str(tmp_path))
    connection = Connection()
    file = tmp_path / "gpu03.json"
    going = watch(connection, file.exists)
    assert json.loads(file.read_text()) == {"host": "gpu03", **{key: SEEN[key] for key in SEEN if key != "job"}}
    assert connection.asked[0] == ("cat /run/llamakeep/models.json", False)
    going.stop()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_a_line_is_printed_now_and_then(monkeypatch, capsys):
    printed = []
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.05)
    monkeypatch.setattr(progress.Display(), "display", printed.append)
    watch(Connection(), lambda: printed).stop()
    assert printed[0] == "gpu03  models  mistral:7b  61 %  4.6 MiB/s  8 s left  from http://registry1:5000"


@pytest.mark.parametrize("said", [b"", b"no json", b"[]", {**SEEN, "job": "another run's"}])
def test_what_is_not_this_runs_progress_is_not_shown(tmp_path, monkeypatch, said):
    monkeypatch.setenv("LLAMAKEEP_PROGRESS", str(tmp_path))
    connection = Connection(said)
    watch(connection, lambda: len(connection.asked) > 5).stop()
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_fails_is_left_alone_after_three_times():
    connection = Connection(fails=True)
    going = watch(connection, lambda: len(connection.asked) == 3)
    time.sleep(0.1)
    going.stop()
    assert len(connection.asked) == 3


def test_a_folder_that_is_not_there_disturbs_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("LLAMAKEEP_PROGRESS", str(tmp_path / "not there"))
    connection = Connection()
    watch(connection, lambda: len(connection.asked) > 2).stop()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "gpu03  models  mistral:7b  61 %  4.6 MiB/s  8 s left  from http://registry1:5000"),
        ({"rate": 0}, "gpu03  models  mistral:7b  61 %  from http://registry1:5000"),
        ({"total": 0, "rate": 0, "source": ""}, "gpu03  models  mistral:7b"),
    ],
)
def test_a_line_says_no_more_than_is_known(change, text):
    assert line({"host": "gpu03", **SEEN, **change}) == text
