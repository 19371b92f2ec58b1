import hashlib
import subprocess
from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab.standin import wheels

WHEEL = wheels.Wheel("thing", "1.0", "thing-1.0-py3-none-any.whl", hashlib.sha256(b"whole").hexdigest())


@pytest.fixture(autouse=True)
def cached_below(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def client(monkeypatch, data, told=""):
    """An ordinary client that brings this file, or fails with these words."""
    asked = []

    def run(command, **_options):
        asked.append(command)
        if data is not None:
            folder = command[command.index("--dest") + 1]
            Path(folder, WHEEL.file).write_bytes(data)
        return subprocess.CompletedProcess(command, 0 if data is not None else 1, "", told)

    monkeypatch.setattr(wheels.subprocess, "run", run)
    return asked


def test_a_wheel_is_fetched_once(monkeypatch):
    asked = client(monkeypatch, b"whole")
    assert wheels.obtain(WHEEL) == wheels.obtain(WHEEL)
    assert wheels.obtain(WHEEL).read_bytes() == b"whole"
    assert len(asked) == 1


def test_a_kept_file_that_was_damaged_is_fetched_again(monkeypatch):
    asked = client(monkeypatch, b"whole")
    wheels.obtain(WHEEL).write_bytes(b"hole")
    assert wheels.obtain(WHEEL).read_bytes() == b"whole"
    assert len(asked) == 2


def test_another_file_is_refused(monkeypatch):
    client(monkeypatch, b"other")
    with pytest.raises(Refusal, match=f"expected: sha256 {WHEEL.sha256}"):
        wheels.obtain(WHEEL)


def test_no_index_is_told_with_the_way_out(monkeypatch, tmp_path):
    client(monkeypatch, None, "ERROR: No matching distribution found for thing==1.0\n")
    with pytest.raises(Refusal) as refusal:
        wheels.obtain(WHEEL)
    assert "thing 1.0: could not be fetched: ERROR: No matching distribution found" in str(refusal.value)
    assert str(tmp_path / "llamakeep/wheels") in str(refusal.value)
