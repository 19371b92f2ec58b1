"""An environment comes whole, from hashes, or not at all."""

import json
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt, space
from ansible_collections.llamakeep.fleet.plugins.modules import venv

LOCK = "# a lock\nopen-webui==1.0 --hash=sha256:aa\nidna==3.11 --hash=sha256:bb"


@pytest.fixture
def host(tmp_path, monkeypatch, capsys):
    """A host whose programs are those of a list; returns a function that runs the module."""
    kept = tmp_path / "receipt.json"
    defaults = tuple(str(kept) if value == receipt.PATH else value for value in receipt.begin.__defaults__)
    monkeypatch.setattr(receipt.begin, "__defaults__", defaults)
    monkeypatch.setattr(space, "RESERVE", 0)
    said = {"python": "3.13", "fails": "", "asked": []}

    def run_command(self, words, check_rc=False, environ_update=None):
        if words[1] == "-c":
            return 0, said["python"], ""
        said["asked"].append(words)
        if said["fails"] and said["fails"] in words:
            return 1, "", "error: it did not come\n  cause: operation timed out"
        if "venv" in words and "--relocatable" in words:
            (Path(words[-1]) / "pyvenv.cfg").write_text("home = /usr/bin\n")
        return 0, "", ""

    monkeypatch.setattr(venv.AnsibleModule, "run_command", run_command)

    def run(version="1.0", check=False, **more):
        given = {"path": str(tmp_path / version), "requirements": LOCK, "tools": "uv==1 --hash=sha256:cc"}
        given |= {"program": "open-webui", "cache": str(tmp_path / "cache"), "current": str(tmp_path / "current")}
        with (
            patch_module_args({**given, **more, "_ansible_check_mode": check, "_ansible_diff": True}),
            pytest.raises(SystemExit),
        ):
            venv.main()
        return json.loads(capsys.readouterr().out)

    run.said, run.folder = said, tmp_path
    return run


def test_it_comes_and_the_second_run_changes_nothing(host):
    assert host()["changed"]
    assert (host.folder / "1.0/pyvenv.cfg").exists()
    host.said["asked"].clear()
    assert not host()["changed"]
    assert host.said["asked"] == []
    assert not (host.folder / "cache").exists()


def test_nothing_is_taken_without_its_hash_and_nothing_is_built(host):
    host()
    installs = [words for words in host.said["asked"] if "install" in words]
    assert len(installs) == 3
    for words in installs:
        assert {"--require-hashes", "--no-deps", ":all:"} <= set(words)


def test_a_check_says_what_would_come_and_does_nothing(host):
    answer = host(check=True)
    assert "2 packages by hash" in answer["diff"]["prepared"]
    assert host.said["asked"] == []
    assert not (host.folder / "1.0").exists()


@pytest.mark.parametrize("step", ["venv", "--compile-bytecode", "--ignore-requires-python"])
def test_one_that_did_not_come_leaves_the_old_one_and_what_came(host, step):
    host()
    (host.folder / "current").symlink_to("1.0")
    host.said["fails"] = step
    answer = host("2.0")
    assert "did not come" in answer["msg"] or "operation timed out" in answer["msg"]
    assert "still serves" in answer["msg"]
    assert not (host.folder / "2.0").exists()
    assert (host.folder / "1.0/pyvenv.cfg").exists()
    assert (host.folder / "cache").exists()


def test_old_ones_go_but_for_the_one_in_use(host):
    host()
    (host.folder / "current").symlink_to("1.0")
    host("2.0")
    assert host("3.0")["removed"] == [str(host.folder / "2.0")]
    assert (host.folder / "1.0").exists()


def test_another_python_of_the_host_makes_it_anew(host):
    host()
    host.said["python"] = "3.14"
    assert host()["changed"]


def test_too_small_a_disk_is_refused_before_anything_comes(host):
    answer = host(size=1 << 60)
    assert "free on this disk" in answer["msg"]
    assert host.said["asked"] == []
