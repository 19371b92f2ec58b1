"""Whole inventories of every kind, read by Ansible itself, and what is wrong with others."""

import stat
from pathlib import Path

import pytest

from llamakeep import inventory
from llamakeep.errors import Refusal
from llamakeep.inventory.fleet import Fleet
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels

LOCK_OF_ONE = Path(__file__).parent / "llamakeep.lock"


def write(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder)


HOSTS = """\
llm_hosts:
  vars:
    context: 4096
  hosts:
    gpu01: {ansible_host: 192.0.2.1, ansible_user: ops, ansible_port: 2222}
    gpu02:
      ansible_host: gpu02.example
      ollama_api_addresses: ["127.0.0.1"]
      ollama_context_length: "{{ context * 4 }}"
chat_hosts:
  hosts:
    chat01: {ansible_host: 192.0.2.9}
    chat02: {firewall_addresses: [192.0.2.10, "2001:db8::10"]}
"""
OPEN = 'ollama_api_groups: [chat_hosts]\nollama_api_addresses: ["192.0.2.1"]\n'
LLM_HOSTS = """\
ollama_api_groups: [chat_hosts]
ollama_api_addresses: ["127.0.0.1", "{{ ansible_host }}"]
ollama_models_names:
  - {name: mistral, on_misfit: skip}
ollama_minimum_vram: 7.5 GiB
ollama_environment: {OLLAMA_KV_CACHE_TYPE: q8_0, OLLAMA_SCHED_SPREAD: "1", CUDA_VISIBLE_DEVICES: "0,1"}
ansible_ssh_private_key_file: "{{ inventory_dir }}/key"
ansible_ssh_common_args: >-
  -o UserKnownHostsFile={{ inventory_dir }}/known_hosts
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = tmp_path_factory.mktemp("office")
    lock = LOCK_OF_ONE.read_text(encoding="utf-8")
    return inventory.load(
        write(folder, {"hosts.yml": HOSTS, "group_vars/llm_hosts.yml": LLM_HOSTS, "llamakeep.lock": lock})
    )


def test_a_limit_chooses_among_all_in_one_reading(tmp_path: Path) -> None:
    """A program that is an inventory says how often it was asked."""
    program = tmp_path / "inventory"
    program.write_text(
        "#!/bin/sh\necho asked >>$(dirname $0)/.asked\n"
        """echo '{"llm_hosts": {"hosts": ["gpu01", "gpu02"]}, "_meta": {"hostvars": {}}}'\n"""
    )
    program.chmod(0o755)
    whole, chosen = inventory.choose(program, "gpu02")
    assert [host.name for host in whole.hosts] == ["gpu01", "gpu02"]
    assert chosen == {"gpu02"}
    assert [host.name for host in whole.only(chosen).hosts] == ["gpu02"]
    assert (tmp_path / ".asked").read_text() == "asked\n"


def test_hosts_groups_and_ways_in(fleet: Fleet) -> None:
    assert [host.name for host in fleet.hosts] == ["gpu01", "gpu02", "chat01", "chat02"]
    assert ["ollama" in host.services for host in fleet.hosts] == [True, True, False, False]
    connection = fleet.host("gpu01").connection
    assert (connection.kind, connection.address, connection.port, connection.user) == (
        "ssh",
        "192.0.2.1",
        2222,
        "ops",
    )
    assert connection.variables["ansible_ssh_private_key_file"] == f"{fleet.inventory}/key"
    assert f"UserKnownHostsFile={fleet.inventory}/known_hosts" in connection.variables["ansible_ssh_common_args"]
    assert connection.variables["inventory_hostname"] == "gpu01"
    assert fleet.host("chat02").connection.address == "chat02"


def test_values_are_what_the_play_sees(fleet: Fleet) -> None:
    assert fleet.host("gpu01").inputs["ollama_context_length"] == 8192
    assert fleet.host("gpu02").inputs["ollama_context_length"] == 16384
    assert fleet.host("gpu01").inputs["ollama_api_addresses"] == ["127.0.0.1", "192.0.2.1"]


def test_places_are_those_of_the_winning_definition(fleet: Fleet) -> None:
    assert fleet.host("gpu02").places["ollama_context_length"] == "hosts.yml:9"
    assert fleet.host("gpu01").places["ollama_models_names"] == "group_vars/llm_hosts.yml:3"
    assert "ollama_context_length" not in fleet.host("gpu01").places


def test_doors_know_whom_they_let_in(fleet: Fleet) -> None:
    wanted = fleet.host("gpu01").must_have(WantedOllama)
    assert wanted.door.sources == ("192.0.2.9", "192.0.2.10", "2001:db8::10")
    assert fleet.host("gpu01").addresses == ("192.0.2.1",)
    assert fleet.host("gpu02").addresses == ()


def test_the_lock_pins_release_and_models(fleet: Fleet) -> None:
    host = fleet.host("gpu01")
    assert [model.name for model in host.must_have(WantedModels).models] == ["mistral:latest"]
    assert host.inputs["lock:model:mistral:latest"] == fleet.lock.models["mistral:latest"].digest
    assert host.inputs["lock:ollama"].keys() == {"linux-amd64", "linux-arm64"}


def test_policy_and_the_servers_memory_are_read(fleet: Fleet) -> None:
    wanted = fleet.host("gpu01").must_have(WantedOllama)
    assert (wanted.minimum_vram, wanted.require_accelerator) == (7680 * 2**20, "any")
    assert fleet.host("gpu01").must_have(WantedModels).on_misfit == {"mistral:latest": "skip"}
    assert (wanted.cache_type, wanted.spread, wanted.visible) == ("q8_0", True, ("0", "1"))
    assert (wanted.parallel, wanted.max_loaded, wanted.flash_attention) == (1, 0, None)


def refused(folder: Path, files: dict[str, str], name: str = "", limit: str | None = None) -> str:
    with pytest.raises(Refusal) as refusal:
        inventory.load(str(Path(write(folder, files)) / name), limit)
    return str(refusal.value).replace(str(folder), "INV")


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    files = {
        "hosts.yml": HOSTS + "    chat03: {ollama_versoin: '1'}\n",
        "group_vars/llm_hosts.yml": (
            "ollama_contxt_length: 1\n"
            "ollama_num_parallel: many\n"
            "ollama_version: 0.34\n"
            "ollama_keep_alive: '{{ nothing_such }}'\n"
            "ollama_api_groups: [chat_host]\n"
        ),
    }
    said = refused(tmp_path, files)
    assert "INV/hosts.yml:14: unknown variable ollama_versoin\n  → did you mean ollama_version?" in said
    assert "INV/group_vars/llm_hosts.yml:1: unknown variable ollama_contxt_length" in said
    assert 'INV/group_vars/llm_hosts.yml:2: ollama_num_parallel is "many"\n  expected: a number' in said
    assert "INV/group_vars/llm_hosts.yml:3: ollama_version is the number 0.34" in said
    assert "INV/group_vars/llm_hosts.yml:4: ollama_keep_alive cannot be evaluated: 'nothing_such' is undefined" in said
    assert "INV/group_vars/llm_hosts.yml:5: ollama_api_groups: the inventory has no group chat_host" in said


def test_values_that_mean_nothing_are_refused_with_their_places(tmp_path: Path) -> None:
    settings = (
        "ollama_minimum_vram: lots\n"
        "ollama_accepted_vulnerabilities: {CVE-2026-7842: because, CVE-2025-51471: ''}\n"
        "ollama_models_names:\n  - mistral: 7b\n  - {name: mistral:7b, on_misfit: skpi}\n  - {nmae: llava:7b}\n"
    )
    said = refused(tmp_path, {"hosts.yml": HOSTS, "group_vars/llm_hosts.yml": settings + OPEN})
    assert "INV/group_vars/llm_hosts.yml:1: ollama_minimum_vram is 'lots'\n  expected: a number with its unit" in said
    assert "llm_hosts.yml:2: ollama_accepted_vulnerabilities names CVE-2026-7842, which this kit does not know" in said
    assert "did you mean CVE-2026-7482?" in said
    assert "ollama_accepted_vulnerabilities accepts CVE-2025-51471 without a reason" in said
    assert "INV/group_vars/llm_hosts.yml:3: item 1 of ollama_models_names has the key mistral" in said
    assert "write it without the blank: mistral:7b" in said
    assert "item 2 of ollama_models_names has on_misfit: skpi\n  expected: one of fail, warn, skip" in said
    assert "item 3 of ollama_models_names has the key nmae" in said
    assert "did you mean name?" in said


def test_models_and_releases_that_nobody_locked(tmp_path: Path) -> None:
    settings = "ollama_models_names:\n  - mistral:7b\nollama_version: 0.1.2\n"
    said = refused(tmp_path, {"hosts.yml": HOSTS, "group_vars/llm_hosts.yml": settings + OPEN})
    assert "INV/group_vars/llm_hosts.yml:1: mistral:7b is not in INV/llamakeep.lock\n  → llamakeep lock -i INV" in said
    assert "INV/group_vars/llm_hosts.yml:3: no archive of ollama 0.1.2 is known" in said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"hosts.yml": "llm_hosts:\n  hosts:\n    a: {\n"}, "INV/hosts.yml:4: no valid YAML"),
        ({"hosts.yml": ""}, "INV: the inventory names no host"),
        ({"hosts": "[chat_hosts]\na\n"}, "INV: no host is in the group llm_hosts"),
        ({"hosts": "[llm_host]\na\n"}, "the group llm_host was perhaps meant to be it"),
        ({"hosts": "\n"}, "INV: the inventory names no host"),
        ({"hosts": "[llm_hosts]\na ansible_connection=winrm\n"}, "ansible_connection is winrm"),
    ],
)
def test_inventories_that_are_none(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said in refused(tmp_path, files)


def test_no_such_inventory(tmp_path: Path) -> None:
    assert refused(tmp_path, {}, "nowhere").startswith("INV/nowhere: there is no such inventory")


@pytest.mark.parametrize("limit", ["gpu01,gpu2", "gpu01:gpu2", "llm_hosts,gpu2,!gpu01"])
def test_a_misspelt_name_in_a_limit_is_refused(tmp_path: Path, limit: str) -> None:
    said = refused(tmp_path, {"hosts": "[llm_hosts]\ngpu01\ngpu02\n"}, limit=limit)
    assert "gpu2 is neither a host nor a group of the inventory" in said
    assert "did you mean gpu02?" in said


@pytest.mark.parametrize("limit", ["gpu01,gpu02", "all:!gpu02", "gpu0*,llm_hosts", "llm_hosts[0],", "~gpu.1"])
def test_patterns_and_names_in_a_limit(tmp_path: Path, limit: str) -> None:
    fleet = inventory.load(write(tmp_path, {"hosts": "[llm_hosts]\ngpu01\ngpu02\n"}), limit)
    assert "gpu01" in [host.name for host in fleet.hosts]


def test_a_limit_that_matches_nobody(tmp_path: Path) -> None:
    assert refused(tmp_path, {"hosts": "[llm_hosts]\na\n"}, limit="b*").startswith("--limit b*:")


def test_a_program_makes_the_inventory(tmp_path: Path) -> None:
    body = '{"llm_hosts": {"hosts": ["d1", "d2"]}, "_meta": {"hostvars": {"d1": {"ollama_num_parallel": 2}}}}'
    program = tmp_path / "dynamic.sh"
    program.write_text(f"#!/bin/sh\necho '{body}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    fleet = inventory.load(program, "d1")
    assert [host.name for host in fleet.hosts] == ["d1"]
    assert fleet.hosts[0].inputs["ollama_num_parallel"] == 2
    assert fleet.hosts[0].places["ollama_num_parallel"] == "dynamic.sh"


VAULTED = """\
ollama_environment:
  OLLAMA_MAX_QUEUE: "64"
  OLLAMA_NOTE: "a {{ word }} in it"
ansible_become_password: "{{ word }}"
"""


def test_a_vault_is_opened_and_stays_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible.parsing.vault import VaultLib, VaultSecret

    sealed = VaultLib([("default", VaultSecret(b"opensesame"))]).encrypt("word: geheim99\n").decode()
    files = {
        "hosts": "[llm_hosts]\na ansible_host=192.0.2.1\n",
        "group_vars/llm_hosts/settings.yml": VAULTED,
        "group_vars/llm_hosts/vault.yml": sealed,
    }
    said = refused(tmp_path, files)
    assert "INV/group_vars/llm_hosts/vault.yml:" in said
    assert "--vault-password-file FILE" in said
    (tmp_path.parent / "password").write_text("opensesame\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path.parent / "password"))
    fleet = inventory.load(tmp_path)
    assert "geheim99" not in fleet.model_dump_json() + repr(fleet)
    assert '"OLLAMA_MAX_QUEUE":"64"' in fleet.model_dump_json()
    password = fleet.hosts[0].connection.become_password
    assert password is not None
    assert password.get_secret_value() == "geheim99"


ARCHIVE = f'ollama_archive_url: "https://example.org/ollama.tar.zst"\nollama_archive_sha256: "{"ab" * 32}"\n'


@pytest.mark.parametrize("version", ["0.36.0", "0.40.2", "1.0", "v0.41.0-rc1"])
def test_a_release_that_this_kit_has_not_met_is_refused_with_its_place(version: str, tmp_path: Path) -> None:
    hosts = "llm_hosts: {hosts: {gpu01: {ansible_host: 192.0.2.1}}}\n"
    settings = f'ollama_version: "{version}"\n{ARCHIVE}'
    with pytest.raises(Refusal) as refusal:
        inventory.load(write(tmp_path, {"hosts.yml": hosts, "group_vars/llm_hosts.yml": settings}))
    assert refusal.value.place == f"{tmp_path}/group_vars/llm_hosts.yml:1"
    assert f"ollama_version: {version} is a release that this kit has not met" in refusal.value.found
    assert "0.36" in refusal.value.expected
    assert "as of 2" in refusal.value.expected


@pytest.mark.parametrize("version", ["0.35.1", "0.34.4-standin", "0.32.15", "of-my-own"])
def test_a_release_that_this_kit_knows_or_cannot_date_is_not(version: str, tmp_path: Path) -> None:
    hosts = "llm_hosts: {hosts: {gpu01: {ansible_host: 192.0.2.1}}}\n"
    settings = f'ollama_version: "{version}"\n{ARCHIVE}'
    fleet = inventory.load(write(tmp_path, {"hosts.yml": hosts, "group_vars/llm_hosts.yml": settings}))
    assert fleet.hosts[0].inputs["ollama_version"] == version
