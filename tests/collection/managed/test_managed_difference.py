"""What a role's whole table says of a host that differs: each thing once, in `--diff` and to systemd."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import difference, receipt
from ansible_collections.llamakeep.fleet.plugins.module_utils.difference import Difference

NAME = "ollama.service"
MODULE = SimpleNamespace(check_mode=True)
STALE = {"ActiveState": "active", "UnitFileState": "enabled", "NeedDaemonReload": "yes", "DropInPaths": ""}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A unit's file as the table wants it, and a systemd that has not read what lies there."""
    path = tmp_path / NAME
    path.write_text("[Service]\n", encoding="utf-8")
    path.chmod(0o644)
    monkeypatch.setattr(difference, "UNIT_FOLDERS", (f"{tmp_path}/",))
    monkeypatch.setattr(receipt, "read", lambda: None)
    monkeypatch.setattr(receipt, "units_seen", lambda names: {name: dict(STALE) for name in names})
    owner = receipt.attributes(str(path))
    rights = {"owner": owner["owner"], "group": owner["group"], "mode": "0644", "restarts": [NAME]}
    return {
        "units": [{"name": NAME, "state": "started", "enabled": True}],
        "files": [{"path": str(path), "content": "[Service]\n", **rights}],
    }


def headers(difference):
    return [diff["after_header"] for diff in difference.diff()]


def test_a_file_that_systemd_has_not_read_is_told_though_it_is_as_wanted(table):
    seen = Difference(MODULE, "ollama_host", table)
    assert headers(seen) == [NAME]
    assert seen.diff()[0]["before"] == "not as its files say: systemd has not read them\n"
    assert seen.restarts() == [NAME]


def test_a_file_that_was_edited_is_told_once_read_or_not(table):
    path = table["files"][0]["path"]
    Path(path).write_text("[Service]\nLimitNOFILE=7\n", encoding="utf-8")
    seen = Difference(MODULE, "ollama_host", table)
    assert headers(seen) == [path]
    assert seen.restarts() == [NAME]


def test_another_file_of_a_stale_unit_does_not_say_that_systemd_reads_its_unit(table):
    elsewhere = {**table["files"][0], "path": os.devnull + ".d/service.env"}
    table["files"].append(elsewhere)
    assert headers(Difference(MODULE, "ollama_host", table)) == [elsewhere["path"], NAME]
