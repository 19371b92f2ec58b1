"""The lookup as a role uses it: one root for the fleet, the present certificate kept while it will do."""

import subprocess
import sys

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.llamakeep.fleet.plugins.lookup import root as root_lookup
from ansible_collections.llamakeep.fleet.plugins.lookup.certificate import LookupModule

PLAY = """
- hosts: gateway_hosts
  gather_facts: false
  vars:
    file: "{{ playbook_dir }}/{{ inventory_hostname }}.pem"
    names: ["chat.{{ gateway_domain }}", "api.{{ gateway_domain }}"]
  tasks:
    - name: Take what the host has
      ansible.builtin.slurp:
        src: "{{ file }}"
      register: present
      failed_when: false
      no_log: true
    - name: Have a certificate
      ansible.builtin.set_fact:
        made: "{{ lookup('llamakeep.fleet.certificate', names, present=present.content | default('') | b64decode) }}"
      no_log: true
    - name: Keep it
      ansible.builtin.copy:
        content: "{{ made }}"
        dest: "{{ file }}"
        mode: "0600"
      no_log: true
"""
HOSTS = """
all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    gateway_domain: lab.example
  children: {gateway_hosts: {hosts: {gate1: , gate2: {gateway_domain: b.example}}}}
"""


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yml").write_text(HOSTS)
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "inventory"


def play(inventory, *words):
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(inventory.parent / "play.yml")]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False, cwd=inventory.parent)


def test_a_second_run_changes_nothing(inventory):
    first = play(inventory)
    assert first.returncode == 0, first.stdout + first.stderr
    said = " ".join(first.stdout.split())
    assert f"the internal CA was made: {inventory}/.ca" in said
    assert "gate1: a new certificate for chat.lab.example, api.lab.example: there is none" in said
    assert "PRIVATE" not in first.stdout + first.stderr
    text = (inventory.parent / "gate1.pem").read_text()
    assert text.startswith("-----BEGIN PRIVATE KEY-----")
    for host, domain in (("gate1", "lab.example"), ("gate2", "b.example")):
        words = ["-CAfile", "inventory/.ca/root.crt", "-verify_hostname", f"api.{domain}", f"{host}.pem"]
        subprocess.run(["openssl", "verify", *words], cwd=inventory.parent, check=True, capture_output=True)

    second = play(inventory, "--limit", "gate1")
    assert "changed=0" in second.stdout
    assert "a new certificate" not in second.stdout
    assert (inventory.parent / "gate1.pem").read_text() == text


@pytest.fixture
def look_up(inventory):
    def run(*names, present="", loader=None, **more):
        return LookupModule(loader=loader).run(list(names), variables={**fleet(inventory), **more}, present=present)[0]

    return run


def fleet(inventory):
    domains = {"gate1": {"gateway_domain": "lab.example"}, "gate2": {"gateway_domain": "b.example"}}
    return {
        "inventory_dir": str(inventory),
        "inventory_hostname": "gate1",
        "groups": {"gateway_hosts": list(domains)},
        "hostvars": domains,
    }


def test_a_run_that_only_looks_keeps_no_root(look_up, inventory):
    assert "BEGIN CERTIFICATE" in look_up("api.lab.example", ansible_check_mode=True)
    assert not (inventory / ".ca").exists()


def test_what_will_do_is_returned_as_it_was(look_up):
    present = look_up("api.lab.example")
    assert look_up("api.lab.example", present=present) == present
    assert look_up("api.lab.example", present=present.strip()) == present


def test_what_will_not_do_is_said_and_replaced(look_up, capsys):
    present = look_up("api.lab.example")
    assert look_up("api.lab.example", "chat.lab.example", present=present) != present
    said = " ".join(capsys.readouterr().out.split())
    assert "gate1: a new certificate for api.lab.example, chat.lab.example: it is for api.lab.example" in said


def test_where_the_key_is_elsewhere_the_present_one_will_do_and_no_new_one_is_made(look_up, inventory):
    present = look_up("api.lab.example")
    (inventory / ".ca" / "root.key").unlink()
    assert look_up("api.lab.example", present=present) == present
    with pytest.raises(AnsibleError, match=r"root\.key: is not here"):
        look_up("api.lab.example")


def test_a_key_in_a_vault_is_opened_as_ansible_opens_all_others(look_up, inventory):
    loader = DataLoader()
    secrets = [("default", VaultSecret(b"a sample of one"))]
    key = inventory / ".ca" / "root.key"
    look_up("api.lab.example")
    key.write_bytes(VaultLib(secrets).encrypt(key.read_bytes()))
    with pytest.raises(AnsibleError, match="vault"):
        look_up("api.lab.example", loader=loader)
    loader.set_vault_secrets(secrets)
    assert "BEGIN CERTIFICATE" in look_up("api.lab.example", loader=loader)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["api.bank.example"], "may not vouch for api.bank.example"),
        (["chat."], "is neither"),
        ([], "is asked for nobody"),
    ],
)
def test_what_cannot_be_signed_is_refused_with_the_way_out(look_up, names, words):
    look_up("api.lab.example")
    with pytest.raises(AnsibleError, match=words):
        look_up(*names)


def test_an_inventory_that_lies_nowhere_has_no_ca(look_up):
    with pytest.raises(AnsibleError, match="no inventory beside which"):
        look_up("api.lab.example", inventory_dir=None)


def test_the_root_is_the_one_that_signs_whoever_asks_first(look_up, inventory):
    first = root_lookup.LookupModule().run([], variables=fleet(inventory))[0]
    look_up("api.b.example")
    assert first == (inventory / ".ca" / "root.crt").read_text()
    assert root_lookup.LookupModule().run([], variables={"inventory_dir": str(inventory)}) == [first]


def test_without_a_gateway_that_has_a_domain_there_is_no_root(inventory):
    variables = {**fleet(inventory), "hostvars": {"gate1": {}, "gate2": {"gateway_domain": ""}}}
    assert root_lookup.LookupModule().run([], variables=variables) == [""]
    assert root_lookup.LookupModule().run([], variables={"inventory_dir": str(inventory)}) == [""]
    assert not (inventory / ".ca").exists()
