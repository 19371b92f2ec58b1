"""The receipt on a host: written when there is news, compared with what is there."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils import receipt

from llamakeep.observe.seen import Receipt

ME = receipt.attributes(str(Path(__file__)))["owner"]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "llamakeep" / "receipt.json")


@pytest.fixture
def left(tmp_path):
    """What a role left: a file, a folder and a link, as they are."""
    file, folder, link = tmp_path / "a.conf", tmp_path / "store", tmp_path / "current"
    file.write_text("as it was left\n")
    file.chmod(0o640)
    folder.mkdir(mode=0o755)
    link.symlink_to("1.0.0")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "files": [{"path": str(file), "sha256": digest, **receipt.attributes(str(file))}],
        "folders": [{"path": str(folder), **receipt.attributes(str(folder))}],
        "links": [{"path": str(link), "to": "1.0.0"}],
    }


def drift(left):
    found = receipt.drift({"roles": {"ollama": left}})
    return [(one["kind"], Path(one["name"]).name, one["found"]) for one in found]


def test_a_host_that_was_never_converged_has_none(path):
    assert receipt.read(path) is None
    assert receipt.look(path=path) == {"receipt": None, "drift": []}


def test_it_is_roots_alone(path):
    receipt.record("ollama", {}, path)
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_the_same_again_leaves_every_byte(path, left):
    assert receipt.record("ollama", left, path)
    receipt.complete("0.1.0+abc", {"ollama_version": "0.34.4"}, path)
    before = (Path(path).read_bytes(), Path(path).stat().st_ino)
    assert not receipt.record("ollama", left, path)
    assert receipt.complete("0.1.0+abc", {"ollama_version": "0.34.4"}, path) == []
    assert (Path(path).read_bytes(), Path(path).stat().st_ino) == before


def test_it_is_open_from_the_first_change_until_it_is_closed(path, left):
    receipt.record("ollama", left, path)
    receipt.complete("0.1.0+abc", {}, path)
    receipt.begin(path)
    assert not receipt.read(path)["complete"]
    assert receipt.complete("0.1.0+abc", {}, path) == ["complete"]
    assert receipt.read(path)["complete"]


def test_a_change_of_value_is_named_and_not_shown(path):
    receipt.complete("0.1.0+abc", {"ollama_version": "0.32.9", "ollama_keep_alive": "5m"}, path)
    assert receipt.complete("0.1.0+abc", {"ollama_version": "0.34.4", "ollama_keep_alive": "5m"}, path) == [
        "ollama_version"
    ]
    assert "0.34.4" not in Path(path).read_text()


def test_a_check_writes_nothing(path):
    assert receipt.complete("0.1.0+abc", {}, path, write=False) == ["kit", "complete"]
    assert not Path(path).exists()


def test_what_is_no_receipt_is_drift(path):
    Path(path).parent.mkdir()
    Path(path).write_text("{")
    assert receipt.look(path=path)["drift"] == [{"kind": "file", "name": path, "found": "not a receipt any more"}]


def test_what_is_as_it_was_left_is_no_drift(left):
    assert drift(left) == []


def test_an_edited_file_is_named(left):
    Path(left["files"][0]["path"]).write_text("edited\n")
    assert drift(left) == [("file", "a.conf", "its content was changed")]


def test_a_file_with_another_mode_is_named(left):
    Path(left["files"][0]["path"]).chmod(0o644)
    assert drift(left) == [("file", "a.conf", "mode 0644, expected 0640")]


def test_what_is_missing_is_named(left):
    Path(left["files"][0]["path"]).unlink()
    Path(left["folders"][0]["path"]).rmdir()
    Path(left["links"][0]["path"]).unlink()
    assert drift(left) == [
        ("folder", "store", "missing"),
        ("file", "a.conf", "missing"),
        ("link", "current", "missing"),
    ]


def test_a_file_that_became_a_link_is_named(left):
    path = Path(left["files"][0]["path"])
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))
    assert drift(left) == [("file", "a.conf", "not a file any more")]


def test_a_link_that_leads_elsewhere_is_named(left):
    path = Path(left["links"][0]["path"])
    path.unlink()
    path.symlink_to("0.9.0")
    assert drift(left) == [("link", "current", "leads to 0.9.0, expected 1.0.0")]


UNIT = {"name": "ollama.service", "state": "started", "enabled": True}
SEEN = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "DropInPaths": "",
    "MainPID": "0",
}


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({}, []),
        ({"ActiveState": "failed", "SubState": "failed"}, ["failed (failed), expected started"]),
        ({"UnitFileState": "disabled"}, ["disabled, expected enabled"]),
        ({"LoadState": "not-found"}, ["missing"]),
        ({"NeedDaemonReload": "yes"}, ["its file was changed and systemd has not read it"]),
        (
            {"DropInPaths": "/etc/systemd/system/ollama.service.d/override.conf"},
            ["/etc/systemd/system/ollama.service.d/override.conf overrides it"],
        ),
        ({"DropInPaths": "/etc/systemd/system/service.d/all.conf /usr/lib/systemd/system/ollama.service.d/a.conf"}, []),
    ],
)
def test_a_unit_is_judged_by_what_systemd_says(monkeypatch, seen, found):
    monkeypatch.setattr(receipt, "units_seen", lambda names: {name: {**SEEN, **seen} for name in names})
    assert [one["found"] for one in receipt.drift({"roles": {"ollama": {"units": [UNIT]}}})] == found


def test_a_drop_in_that_systemd_has_not_read_is_seen_on_the_disk(tmp_path):
    for folder, name in (("ollama.service.d", "odd.conf"), ("ollama.service.d", "note"), ("other.service.d", "a.conf")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).touch()
    assert receipt.unread_drop_ins("ollama.service", (str(tmp_path),)) == [str(tmp_path / "ollama.service.d/odd.conf")]


@pytest.mark.parametrize("state", ["active", "inactive", "failed", "deactivating"])
def test_a_unit_that_runs_when_it_is_called_for_may_be_in_any_state(monkeypatch, state):
    seen = {**SEEN, "ActiveState": state, "UnitFileState": "static"}
    monkeypatch.setattr(receipt, "units_seen", lambda names: dict.fromkeys(names, seen))
    assert receipt.drift({"roles": {"ollama": {"units": [{**UNIT, "state": "any", "enabled": False}]}}}) == []


def test_a_sealed_service_in_the_hosts_network_is_named(monkeypatch):
    seen = {**SEEN, "MainPID": str(os.getpid())}
    monkeypatch.setattr(receipt, "units_seen", lambda names: dict.fromkeys(names, seen))
    monkeypatch.setattr(receipt, "interfaces", lambda pid: ["lo", "eth0"])
    (found,) = receipt.drift({"roles": {"ollama": {"units": [{**UNIT, "sealed": True}]}}})
    assert found["found"] == "its network holds eth0, expected lo alone"


def test_a_process_that_systemd_still_prepares_is_not_judged(monkeypatch, tmp_path):
    executor = shutil.copy(shutil.which("sleep"), tmp_path / "systemd-executor")
    monkeypatch.setattr(receipt, "interfaces", lambda pid: ["lo", "eth0"])
    with subprocess.Popen([executor, "60"]) as prepared:
        assert receipt.unsealed({"MainPID": str(prepared.pid)}) == ""
        prepared.kill()


@pytest.mark.parametrize(("now", "found"), [(None, ["gone"]), ("b" * 64, ["its rules were changed"]), ("a" * 64, [])])
def test_an_nft_table_is_judged_by_its_rules(monkeypatch, now, found):
    monkeypatch.setattr(receipt, "table_hash", lambda name: now)
    tables = [{"name": "inet llamakeep", "sha256": "a" * 64}]
    assert [one["found"] for one in receipt.drift({"roles": {"firewall": {"tables": tables}}})] == found


@pytest.fixture
def store(tmp_path):
    """A store with one model of one blob, and the section of the receipt that tells of it."""
    blob, manifest = tmp_path / "blobs" / "x", tmp_path / "manifests" / "7b"
    blob.parent.mkdir()
    manifest.parent.mkdir()
    blob.write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    blob = blob.rename(blob.with_name(f"sha256-{digest}"))
    manifest.write_text("{}")
    left = {
        "name": "mistral:7b",
        "digest": hashlib.sha256(b"{}").hexdigest(),
        "manifest_path": str(manifest),
        "blobs": [{"digest": digest, "size": 7, "stamp": receipt.stamp(str(blob))}],
    }
    return blob, manifest, {"store": str(tmp_path), "owner": ME, "models": [left]}


def models(section, deep=False):
    found = receipt.drift({"roles": {"ollama_models": section}}, deep)
    return [(one["kind"], one["name"].split()[0], one["found"]) for one in found]


def test_a_model_that_nobody_touched_is_not_read(store, monkeypatch):
    blob, _, section = store
    read = []
    hashed = receipt.file_hash
    monkeypatch.setattr(receipt, "file_hash", lambda path: read.append(path) or hashed(path))
    assert models(section) == []
    assert str(blob) not in read
    models(section, deep=True)
    assert str(blob) in read


def test_a_flipped_byte_in_a_blob_is_named(store):
    blob, _, section = store
    blob.write_bytes(b"weightz")
    assert models(section) == [("blob", "mistral:7b", "its bytes were changed")]
    assert receipt.drift({"roles": {"m": section}})[0]["name"].endswith(blob.name.replace("-", ":"))


def test_a_flipped_byte_behind_an_unchanged_stamp_is_found_by_a_deep_look(store):
    blob, _, section = store
    blob.write_bytes(b"weightz")
    section["models"][0]["blobs"][0]["stamp"] = receipt.stamp(str(blob))
    assert models(section) == []
    assert models(section, deep=True) == [("blob", "mistral:7b", "its bytes were changed")]


def test_a_blob_that_was_only_touched_is_no_drift(store):
    blob, _, section = store
    os.utime(blob)
    assert models(section) == []


def test_a_blob_that_is_cut_short_or_missing_is_named(store):
    blob, _, section = store
    blob.write_bytes(b"wei")
    assert models(section) == [("blob", "mistral:7b", "3 bytes, expected 7")]
    blob.unlink()
    assert models(section) == [("blob", "mistral:7b", "missing")]


def test_a_manifest_that_was_changed_or_is_missing_is_named(store):
    _, manifest, section = store
    manifest.write_text("{ }")
    assert models(section) == [("model", "mistral:7b", "its manifest was changed")]
    manifest.unlink()
    assert models(section) == [("model", "mistral:7b", "its manifest is missing")]


def test_it_runs_alone_on_a_host_and_answers_in_json():
    source = Path(receipt.__file__).read_bytes()
    alone = [sys.executable, "-I", "-", "look"]
    answer = json.loads(subprocess.run(alone, input=source, capture_output=True, check=True).stdout)
    assert set(answer) == {"receipt", "drift"}


def test_its_summary_is_what_observe_takes(path, left):
    receipt.record("ollama", left, path)
    receipt.complete("0.1.0+abc", {"ollama_version": "0.34.4"}, path)
    summary = receipt.look(path=path)["receipt"]
    seen = Receipt.model_validate(summary)
    assert seen.managed["ollama"] == left
    assert seen.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_a_program_of_the_release_that_was_changed_is_named(tmp_path):
    release = tmp_path / "0.34.4"
    (release / "bin").mkdir(parents=True)
    (release / "bin" / "ollama").write_text("as unpacked")
    (release / "lib.so").symlink_to("lib.so.1")
    unpacked = {"bin/ollama": receipt.stamp(str(release / "bin" / "ollama")), "lib.so": ["lib.so.1"]}
    (release / receipt.MARK).write_text(json.dumps({"sha256": "c238", "files": unpacked}))
    current = tmp_path / "current"
    current.symlink_to(release)
    left = {"roles": {"ollama": {"links": [{"path": str(current), "to": str(release)}]}}}
    assert receipt.drift(left) == []
    (release / "bin" / "ollama").write_text("changed since")
    assert receipt.drift(left) == [{"kind": "link", "name": str(current), "found": "bin/ollama in it was changed"}]


def test_a_release_that_was_brought_anew_beneath_what_runs_is_named(tmp_path):
    release = tmp_path / "0.34.4"
    release.mkdir()
    mark = release / receipt.MARK
    mark.write_text(json.dumps({"sha256": "c238", "files": {}}))
    current = tmp_path / "current"
    current.symlink_to(release)
    link = {"path": str(current), "to": str(release)}
    left = {"roles": {"ollama": {"links": [{**link, "release": receipt.release_hash(str(current))}]}}}
    assert receipt.drift(left) == []
    mark.write_text(json.dumps({"sha256": "d349", "files": {}}))
    (found,) = receipt.drift(left)
    assert found["found"] == "the release in it was brought anew, and what runs is of the old one"
    assert receipt.drift({"roles": {"ollama": {"links": [link]}}}) == [], "the receipt of an older kit"
