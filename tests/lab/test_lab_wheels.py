"""Python packages for the hosts of a lab: laid out where the registry serves them."""

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab import wheels


def test_wheels_are_laid_out_and_stale_ones_go(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "a-1.0-py3-none-any.whl").write_bytes(b"a")
    target.mkdir()
    (target / "a-0.9-py3-none-any.whl").write_bytes(b"old")
    for _ in range(2):
        wheels.place(source, target)
        assert {path.name: path.read_bytes() for path in target.iterdir()} == {"a-1.0-py3-none-any.whl": b"a"}


def test_an_index_that_cannot_be_reached_is_said_and_leaves_no_whole_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(Refusal, match="cannot be fetched"):
        wheels.ensure("trixie", "linux-amd64", lambda _: None)
    assert not list((tmp_path / "llamakeep" / "wheels").glob("*-linux-amd64"))
