"""What a role is told of TLS between hosts, and the certificate that a file of a host is to hold."""

import base64
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.llamakeep.fleet.plugins.action.managed import ActionModule
from ansible_collections.llamakeep.fleet.plugins.lookup.mutual_tls import LookupModule
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, hosts_ca_files
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now, pem

GROUPS = {"llm_hosts": ["llm1"], "chat_hosts": [], "gateway_hosts": ["gate1"]}
HOSTVARS = {"llm1": {"ollama_api_addresses": ["192.0.2.11"], "ollama_api_groups": ["gateway_hosts"]}, "gate1": {}}
FILE = {"path": "/etc/llamakeep/tls/host.pem", "certificate_of": "llm1", "secret": True}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hosts.yml").write_text("")
    return tmp_path


def variables(folder, host="llm1", *, check=False, **changed):
    hostvars = {name: {**values, **changed.get(name, {})} for name, values in HOSTVARS.items()}
    return {
        **hostvars[host],
        "inventory_hostname": host,
        "groups": GROUPS,
        "hostvars": hostvars,
        "ansible_inventory_sources": [str(folder / "hosts.yml")],
        "ansible_check_mode": check,
    }


def look_up(*words, **changed):
    lookup = LookupModule(templar=SimpleNamespace(template=lambda value: value))
    return lookup.run([], variables=variables(*words, **changed))[0]


def test_the_ca_is_made_by_the_first_who_asks_and_all_trust_it(folder):
    first, second = look_up(folder), look_up(folder, "gate1")
    assert (first["needed"], first["name"], second["name"]) == (True, "llm1", "gate1")
    assert first["roots"] == second["roots"] == (folder / ".ca" / "hosts" / "root.crt").read_text()
    assert first["revoked"] == (folder / ".ca" / "hosts" / "root.crl").read_text()
    assert not first["previous"]


def test_who_needs_none_has_none_made(folder):
    found = look_up(folder, llm1={"ollama_api_tls": "none"})
    places = {"folder", "pem"}
    assert {name for name, value in found.items() if value} == places
    assert not (folder / ".ca").exists()


def test_a_run_that_only_looks_leaves_nothing_behind(folder):
    assert look_up(folder, check=True)["roots"].startswith("-----BEGIN CERTIFICATE")
    assert not (folder / ".ca").exists()


def test_while_another_root_takes_over_both_are_told(folder):
    before = look_up(folder)["roots"]
    after = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder / ".ca" / "hosts", after)
    found = look_up(folder)
    assert (found["previous"], found["hosts"]) == (True, ["llm1", "gate1"])
    assert found["roots"] == pem(after.certificate) + before


def test_a_part_that_cannot_be_read_stops_the_role(folder):
    look_up(folder)
    (folder / ".ca" / "hosts" / "root.crl").unlink()
    with pytest.raises(AnsibleError, match=r"root\.crl: cannot be read"):
        look_up(folder)


def given(folder, present="", *, file=FILE, check=False, slurped=None):
    """Return a file of a role's table as the module gets it, where the host has `present` in its place."""
    action = object.__new__(ActionModule)
    answer = (
        {"content": base64.b64encode(present.encode()).decode()} if present else {"failed": True, "msg": "not found"}
    )
    action._execute_module = lambda *_, **__: slurped or answer
    return action._with_certificate(file, variables(folder, check=check))


def test_a_host_gets_a_certificate_and_keeps_it(folder):
    look_up(folder)
    first = given(folder)
    assert first["why"] == "there is none"
    assert first["content"].startswith("-----BEGIN PRIVATE KEY")
    again = given(folder, first["content"])
    assert (again["content"], again["why"]) == (first["content"], "")
    assert given(folder, "garbage")["why"] == "what is there is no certificate with its key"


def test_any_other_file_stays_as_it_is(folder):
    plain = {"path": "/etc/x", "content": "y"}
    assert given(folder, file=plain) is plain
    assert not (folder / ".ca").exists()


def test_in_the_first_half_of_a_run_a_host_shows_what_everybody_takes_still(folder):
    look_up(folder)
    before = given(folder)["content"]
    hosts_ca_files.replace_root(folder / ".ca" / "hosts", hosts_ca.make(now()))
    assert given(folder, before, file={**FILE, "while_trusted": True})["content"] == before
    after = given(folder, before)
    assert after["why"] == "it is signed by another root"
    assert given(folder, after["content"], file={**FILE, "while_trusted": True})["content"] == after["content"]


def test_a_host_whose_certificate_cannot_be_read_is_not_given_another(folder):
    look_up(folder)
    with pytest.raises(AnsibleActionFail, match="Permission denied"):
        given(folder, slurped={"failed": True, "msg": "file is not readable: Permission denied"})


def test_a_run_that_only_looks_enters_nothing_in_the_index(folder):
    look_up(folder)
    assert given(folder, check=True)["why"] == "there is none"
    assert (folder / ".ca" / "hosts" / "index.txt").read_text() == ""
