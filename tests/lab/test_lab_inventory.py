"""The inventory that a lab writes."""

import pytest
import yaml

from llamakeep.errors import Refusal
from llamakeep.lock import file as lockfile
from llamakeep.lock.lock import Archive, Lock
from llamakeep_lab import inventory
from llamakeep_lab.inventory import Entry

ENTRIES = (
    Entry("llm1", "llm_hosts", "192.0.2.11", "2001:db8::b"),
    Entry("chat1", "clients", "192.0.2.5", "2001:db8::5"),
    Entry("outsider", "untrusted", "192.0.2.7", "2001:db8::7"),
)


def rendered():
    return inventory.render(ENTRIES, "0.34.4-standin", ["smollm2:135m"], "http://192.0.2.6:5000")


def test_each_host_is_in_its_group_with_its_addresses():
    hosts = yaml.safe_load(rendered()["hosts.yml"])
    assert hosts["llm_hosts"]["hosts"]["llm1"] == {
        "ansible_host": "192.0.2.11",
        "firewall_addresses": ["192.0.2.11", "2001:db8::b"],
    }
    assert list(hosts["untrusted"]["hosts"]) == ["outsider"]


def test_a_host_that_plays_no_gpu_needs_none():
    entry = Entry("llm2", "llm_hosts", "192.0.2.12", "2001:db8::c", cpu_will_do=True)
    texts = inventory.render([*ENTRIES, entry], "0.34.4-standin", [], "http://192.0.2.6:5000")
    hosts = yaml.safe_load(texts["hosts.yml"])["llm_hosts"]["hosts"]
    assert hosts["llm2"]["ollama_require_accelerator"] == "none"
    assert "ollama_require_accelerator" not in hosts["llm1"]


def test_the_group_wants_what_the_mirror_has():
    wanted = yaml.safe_load(rendered()["group_vars/llm_hosts.yml"])
    assert wanted == {
        "ollama_version": "0.34.4-standin",
        "ollama_models_names": ["smollm2:135m"],
        "ollama_models_sources": ["http://192.0.2.6:5000"],
        "ollama_api_groups": ["clients"],
        "ollama_api_tls": "none",
        "ollama_api_addresses": "{{ ['127.0.0.1'] + firewall_addresses }}",
    }


def test_host_keys_are_checked():
    connection = yaml.safe_load(rendered()["group_vars/lab_hosts/connection.yml"])
    assert "StrictHostKeyChecking=yes" in connection["ansible_ssh_common_args"]
    assert "\n" not in connection["ansible_ssh_common_args"]


def test_a_folder_that_no_lab_wrote_is_left_alone(tmp_path):
    (tmp_path / "office").mkdir()
    with pytest.raises(Refusal, match="no lab wrote it"):
        inventory.claim(tmp_path / "office")
    assert not inventory.remove(tmp_path / "office")
    assert (tmp_path / "office").exists()


def test_a_folder_of_a_lab_is_taken_over_and_removed(tmp_path):
    inventory.claim(tmp_path / "lab")
    inventory.claim(tmp_path / "lab")
    assert inventory.remove(tmp_path / "lab")
    assert not (tmp_path / "lab").exists()


def test_a_path_with_a_blank_is_refused(tmp_path):
    with pytest.raises(Refusal, match="has a blank"):
        inventory.claim(tmp_path / "my files" / "lab")


def test_what_is_written_is_an_inventory_with_its_lock(tmp_path):
    inventory.claim(tmp_path / "lab")
    (tmp_path / "lab" / inventory.KEYS).mkdir()
    archive = Archive(url="http://192.0.2.6:5000/archives/a.tar.zst", sha256="0" * 64, size=1)
    lock = Lock(ollama={"0.34.4-standin": {"linux-amd64": archive}})
    inventory.write(tmp_path / "lab", rendered(), lock, "192.0.2.11 ssh-ed25519 AAAA\n")
    assert lockfile.read_own(lockfile.path_for(str(tmp_path / "lab"))).ollama == lock.ollama
    assert (tmp_path / "lab" / "group_vars" / "lab_hosts" / "connection.yml").exists()
