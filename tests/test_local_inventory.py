"""The inventory of the machine one sits at."""

import hashlib

import pytest
import yaml

from llamakeep import local_inventory
from llamakeep.errors import Refusal


@pytest.fixture(autouse=True)
def no_sudo(monkeypatch):
    monkeypatch.delenv("SUDO_USER", raising=False)


def settings(place):
    return yaml.safe_load((place / "group_vars" / "llm_hosts.yml").read_text())


def test_the_inventory_names_this_machine_and_no_ssh(tmp_path):
    local_inventory.prepare(tmp_path / "here")
    hosts = yaml.safe_load((tmp_path / "here" / "hosts.yml").read_text())
    (machine,) = hosts["all"]["children"]["llm_hosts"]["hosts"].values()
    assert machine["ansible_connection"] == "local"


def test_the_cpu_will_do_in_a_new_inventory_and_an_old_one_stays_as_it_is(tmp_path):
    local_inventory.prepare(tmp_path)
    assert settings(tmp_path) == {"ollama_require_accelerator": "none"}
    (tmp_path / "group_vars" / "llm_hosts.yml").write_text("ollama_context_length: 4096\n")
    local_inventory.prepare(tmp_path, models=["mistral:7b"])
    assert settings(tmp_path) == {"ollama_context_length": 4096, "ollama_models_names": ["mistral:7b"]}


def test_a_model_is_added_and_none_taken_away(tmp_path):
    local_inventory.prepare(tmp_path, models=["mistral:7b"])
    local_inventory.prepare(tmp_path, models=["llama2", "mistral:7b"])
    assert settings(tmp_path)["ollama_models_names"] == ["mistral:7b", "llama2"]


def test_a_model_that_stands_there_with_a_choice_is_not_added_again(tmp_path):
    item = {"name": "mistral:7b", "on_misfit": "skip"}
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "llm_hosts.yml").write_text(yaml.safe_dump({"ollama_models_names": [item]}))
    local_inventory.prepare(tmp_path, models=["mistral:7b", "llama2"])
    assert settings(tmp_path)["ollama_models_names"] == [item, "llama2"]


def test_what_the_operator_edited_stays(tmp_path):
    local_inventory.prepare(tmp_path, models=["mistral:7b"])
    edited = "---\n# mine\nollama_context_length: 4096\nollama_models_names: ['mistral:7b']\n"
    (tmp_path / "group_vars" / "llm_hosts.yml").write_text(edited)
    local_inventory.prepare(tmp_path, models=["mistral:7b"])
    assert (tmp_path / "group_vars" / "llm_hosts.yml").read_text() == edited


def test_an_archive_is_pinned_by_its_sha256(tmp_path):
    archive = tmp_path / "ollama.tar.zst"
    archive.write_bytes(b"release")
    local_inventory.prepare(tmp_path / "here", archive=archive, version="0.34.4")
    assert settings(tmp_path / "here") == {
        "ollama_require_accelerator": "none",
        "ollama_version": "0.34.4",
        "ollama_archive_url": archive.as_uri(),
        "ollama_archive_sha256": hashlib.sha256(b"release").hexdigest(),
    }


def test_an_archive_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(Refusal, match=r"none.tar.zst: cannot be read: No such file"):
        local_inventory.prepare(tmp_path, archive=tmp_path / "none.tar.zst")


def test_broken_settings_are_refused_with_their_line(tmp_path):
    local_inventory.prepare(tmp_path)
    (tmp_path / "group_vars" / "llm_hosts.yml").write_text("a: [1\n")
    with pytest.raises(Refusal, match="line 2"):
        local_inventory.prepare(tmp_path, models=["x"])


def test_who_called_sudo_may_manage_models_until_another_choice_stands_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ann")
    local_inventory.prepare(tmp_path)
    assert settings(tmp_path)["ollama_manage_users"] == ["ann"]
    monkeypatch.setenv("SUDO_USER", "bob")
    local_inventory.prepare(tmp_path)
    assert settings(tmp_path)["ollama_manage_users"] == ["ann"]


def test_root_is_not_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "root")
    local_inventory.prepare(tmp_path)
    assert "ollama_manage_users" not in settings(tmp_path)
