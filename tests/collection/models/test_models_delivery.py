"""Models come by digest, whatever the sources do."""

import hashlib
import json
import os

import pytest

WEIGHTS = os.urandom(3_000_000)
CONFIG = b'{"model_format":"gguf"}'


def blob_path(store, blob):
    return store / "blobs" / f"sha256-{hashlib.sha256(blob).hexdigest()}"


def manifest_path(store, name="mistral", tag="7b"):
    return store / "manifests/registry.ollama.ai/library" / name / tag


def test_a_model_comes_whole_and_the_second_run_changes_nothing(bring, registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    first = bring(entry)
    assert first["changed"], first
    assert first["received"] == len(WEIGHTS) + len(CONFIG)
    assert first["diff"]["prepared"] == "+ mistral:7b  2.9 MiB\n"
    assert [(model["name"], model["state"]) for model in first["models"]] == [("mistral:7b", "brought")]
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS
    assert manifest_path(store).read_text() == entry["manifest"]
    assert oct(blob_path(store, WEIGHTS).stat().st_mode & 0o777) == "0o644"
    asked = len(registry.asked)
    second = bring(entry)
    assert not second["changed"]
    assert second["received"] == 0
    assert len(registry.asked) == asked


def test_check_mode_says_what_would_come_and_leaves_no_trace(bring, registry, store):
    answer = bring(registry.model("mistral:7b", WEIGHTS, CONFIG), check=True, owner="nobody-yet")
    assert answer["changed"]
    assert answer["diff"]["prepared"] == "+ mistral:7b  2.9 MiB\n"
    assert answer["models"][0]["to_fetch"] == len(WEIGHTS) + len(CONFIG)
    assert not store.exists()
    assert not registry.asked


def test_a_blob_that_two_models_share_is_fetched_once(bring, registry, store):
    one = registry.model("mistral:7b", WEIGHTS, CONFIG)
    two = registry.model("mistral:chat", WEIGHTS, b"other config")
    answer = bring(one, two)
    assert answer["received"] == len(WEIGHTS) + len(CONFIG) + len(b"other config")
    assert answer["diff"]["prepared"].splitlines()[1] == "+ mistral:chat  2.9 MiB, 12 B to fetch"
    assert manifest_path(store, tag="chat").exists()


def test_redirects_to_another_host_name_are_followed(bring, registry):
    registry.leads_elsewhere = True
    assert bring(registry.model("mistral:7b", WEIGHTS, CONFIG))["received"] == len(WEIGHTS) + len(CONFIG)
    assert any("localhost" in host for _path, _range, host in registry.asked)


def test_a_source_that_dies_at_60_percent_is_named_and_the_next_run_resumes(bring, registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    registry.dies_at = 0.6
    answer = bring(entry, streams=1)
    assert answer["failed"]
    assert "mistral:7b: 2 blobs" in answer["msg"] or "mistral:7b: blob sha256:" in answer["msg"]
    assert f"{registry.url} said: broke off after 1.7 MiB of 2.9 MiB, then HTTP 503" in answer["msg"]
    assert "1800000 bytes) are kept" in answer["msg"]
    assert answer["received"] == 1_800_000
    assert not manifest_path(store).exists()
    assert not blob_path(store, WEIGHTS).exists()

    registry.dies_at, registry.status, registry.sent = None, 200, 0
    answer = bring(entry)
    assert answer["resumed"] == 1_800_000
    assert answer["received"] == registry.sent == len(WEIGHTS) + len(CONFIG) - 1_800_000
    assert any(wanted == "bytes=1800000-" for _path, wanted, _host in registry.asked)
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS


def test_a_source_that_only_stumbles_is_asked_for_the_rest_in_the_same_run(bring, registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    registry.dies_at, registry.comes_back = 0.6, True
    answer = bring(entry)
    # The second round brings less than is worth a third one, and the last words of it are told.
    assert (
        f"{registry.url} said: broke off after 1.7 MiB of 2.9 MiB, then broke off after 2.4 MiB of 2.9 MiB"
        in answer["msg"]
    )
    registry.dies_at = None
    assert bring(entry)["resumed"] >= 0.84 * len(WEIGHTS)


def test_the_next_source_goes_on_where_the_first_one_died(bring, registry, other_registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    other_registry.files = registry.files
    registry.dies_at = 0.6
    answer = bring({**entry, "sources": [registry.url, other_registry.url]}, streams=1)
    assert answer["changed"], answer
    assert registry.sent == 1_800_000
    assert other_registry.sent == len(WEIGHTS) + len(CONFIG) - 1_800_000
    assert answer["received"] == len(WEIGHTS) + len(CONFIG)


def test_wrong_bytes_never_reach_the_store_and_the_next_source_is_asked(bring, registry, other_registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    other_registry.files = registry.files
    registry.lies = True
    answer = bring(entry)
    assert "sent 2.9 MiB of other bytes: sha256 " in answer["msg"]
    assert list((store / "blobs").iterdir()) == []
    assert bring({**entry, "sources": [registry.url, other_registry.url]})["changed"]
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS


def test_an_honest_source_is_not_blamed_for_the_wrong_half_of_another(bring, registry, other_registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    other_registry.files = registry.files
    registry.lies, registry.dies_at = True, 0.6
    answer = bring({**entry, "sources": [registry.url, other_registry.url]}, streams=1)
    assert answer["changed"], answer
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS


def test_a_source_without_range_gives_all_of_it_again(bring, registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    registry.dies_at = 0.6
    bring(entry, streams=1)
    registry.dies_at, registry.status, registry.ignores_range = None, 200, True
    answer = bring(entry)
    assert (answer["resumed"], answer["received"]) == (0, len(WEIGHTS) + len(CONFIG))
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS


def test_a_source_that_begins_anew_and_dies_again_and_again_is_given_up(bring, registry):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    registry.dies_at, registry.comes_back, registry.ignores_range = 0.6, True, True
    assert "broke off after 1.7 MiB of 2.9 MiB" in bring(entry)["msg"]
    assert registry.sent < 3 * len(WEIGHTS)


def test_a_silent_source_is_given_up(bring, registry):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    registry.pause = 3
    answer = bring(entry, timeout=0.2)
    assert f"{registry.url} said: silent for 0.2 s after" in answer["msg"]


def test_what_no_source_has_is_told_with_what_each_of_them_said(bring, registry, other_registry, store):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    whole = registry.model("llama2:7b", b"llama weights", b"llama config")
    registry.files = {path: body for path, body in registry.files.items() if "llama2" in path}
    answer = bring({**entry, "sources": [registry.url, "http://127.0.0.1:1"]}, whole)
    assert answer["msg"].splitlines() == [
        "mistral:7b: 2 blobs (2.9 MiB) could not be had",
        f"  {registry.url} said: HTTP 404 Not Found",
        "  http://127.0.0.1:1 said: connection refused",
        f"  0 B (0 bytes) are kept in {store}; the next run goes on from there",
        "  → see to the source, or name another one in ollama_models_sources, and run again",
    ]
    assert [model["state"] for model in answer["models"]] == ["failed", "brought"]
    assert manifest_path(store, "llama2").exists()


def test_a_manifest_that_is_not_the_locks_is_refused_before_anything_is_fetched(bring, registry):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    other = registry.model("llama2:7b", b"llama weights", b"llama config")
    answer = bring(other, {**entry, "manifest": entry["manifest"] + " "})
    assert answer["msg"].startswith("mistral:7b: the lock's manifest has sha256 ")
    assert entry["digest"] in answer["msg"]
    assert not registry.asked


@pytest.mark.parametrize("path", ["library/../../etc", "/etc", "library/", "a b/c"])
def test_a_path_that_leads_out_of_the_store_is_refused(bring, registry, path):
    answer = bring({**registry.model("mistral:7b", WEIGHTS, CONFIG), "path": path})
    assert "make no file name in a store" in answer["msg"]


def test_a_manifest_that_names_no_blobs_is_refused(bring, registry):
    for manifest in ("[]", "{}", "no json", '{"config": {"digest": "sha256:12", "size": 1}, "layers": []}'):
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        entry = {**registry.model("mistral:7b", WEIGHTS), "manifest": manifest, "digest": digest}
        assert "names no blobs that can be fetched" in bring(entry)["msg"]


def test_models_that_nobody_listed_stay(bring, registry, store):
    bring(registry.model("mistral:7b", WEIGHTS, CONFIG), registry.model("llama2:7b", b"weights", b"config"))
    answer = bring(registry.model("mistral:7b", WEIGHTS, CONFIG))
    assert not answer["changed"]
    assert manifest_path(store, "llama2").exists()
    assert blob_path(store, b"weights").exists()


def test_a_moved_tag_is_told_as_such(bring, registry, store):
    bring(registry.model("mistral:7b", WEIGHTS, CONFIG))
    answer = bring(registry.model("mistral:7b", WEIGHTS, b"a newer config"))
    assert "~ mistral:7b  moves from " in answer["diff"]["prepared"]
    assert "14 B to fetch" in answer["diff"]["prepared"]
    assert json.loads(manifest_path(store).read_text())["config"]["size"] == 14


def test_a_disk_that_is_too_small_is_told_before_anything_comes(bring, registry, store, monkeypatch):
    from ansible_collections.llamakeep.fleet.plugins.module_utils import space

    monkeypatch.setattr(space, "free", lambda _path: 1_000_000)
    for check in (True, False):
        answer = bring(registry.model("mistral:7b", WEIGHTS, CONFIG), check=check)
        assert f"{store}: 976.6 KiB free" in answer["msg"]
        assert "expected: 2.9 MiB for what is to come (2.9 MiB for mistral:7b)" in answer["msg"]
    assert not registry.asked


def test_a_disk_that_fills_up_on_the_way_is_named_and_the_next_run_resumes(bring, registry, store, monkeypatch):
    entry = registry.model("mistral:7b", WEIGHTS, CONFIG)
    real, room = os.write, [1_000_000]

    def write(file, data):
        if len(data) > room[0]:
            raise OSError(28, "No space left on device")
        room[0] -= len(data)
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    answer = bring(entry, streams=1)
    assert f"{store}: less than 0 B are left on this disk, before blob sha256:" in answer["msg"]
    assert "make room there and run again" in answer["msg"]
    room[0] = 1 << 40
    answer = bring(entry)
    assert 0 < answer["resumed"] <= 1_000_000
    assert blob_path(store, WEIGHTS).read_bytes() == WEIGHTS
