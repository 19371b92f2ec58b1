"""The records of a run, as they are written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from llamakeep.errors import Refusal
from llamakeep.record import Record
from llamakeep.report import records
from llamakeep.runs import Run


class Kept(Record):
    """A record of one line."""

    said: str


def test_a_record_lies_there_whole_and_is_its_owners_only(tmp_path):
    old = os.umask(0o002)
    try:
        path = Run(tmp_path / "runs").save("plan", Kept(said="yes"))
    finally:
        os.umask(old)
    assert path.name == "3-plan.json"
    assert path.read_text() == '{\n "said": "yes"\n}\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_what_is_half_written_is_no_record(tmp_path, monkeypatch):
    whole = Path.write_text

    def full(path, text, **more):
        whole(path, text[:5], **more)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(Refusal, match="No space left on device"):
        Run(tmp_path).save("plan", Kept(said="yes"))
    with pytest.raises(Refusal, match="no run was recorded here"):
        records.latest(tmp_path)
