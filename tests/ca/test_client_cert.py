"""`llamakeep client-cert` and the CA between hosts, as a person and as a script meet them."""

import json
import ssl

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca_files, internal_ca
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from llamakeep import cli

HOSTS = """
all:
  children:
    llm_hosts:
      hosts: {llm1: {ansible_host: 192.0.2.11}, llm2: {ansible_host: 192.0.2.12, ollama_api_tls: none}}
      vars:
        ollama_api_groups: [gateway_hosts, app_hosts]
        ollama_api_addresses: ["127.0.0.1", "{{ ansible_host }}"]
        ollama_models_names: []
    gateway_hosts:
      hosts: {gate1: {ansible_host: 192.0.2.10}}
      vars: {gateway_domain: lab.example}
    app_hosts: {hosts: {app1: {ansible_host: 192.0.2.30}}}
    other_hosts: {hosts: {other1: {ansible_host: 192.0.2.40}}}
"""


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text(HOSTS)
    return tmp_path


@pytest.fixture
def folder(inventory):
    return inventory / ".ca" / "hosts"


@pytest.fixture
def llamakeep(monkeypatch, capsys, inventory):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["llamakeep", *words, "-i", str(inventory)])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_program_gets_its_certificate_and_is_told_where_to_ask(llamakeep, inventory, tmp_path):
    code, out, err = llamakeep("client-cert", "app1", "--to", str(tmp_path / "kept"))
    assert code == 0, err
    pem = tmp_path / "kept" / "app1.pem"
    assert pem.stat().st_mode & 0o777 == 0o600
    text = pem.read_bytes()
    certificate, key = x509.load_pem_x509_certificate(text), serialization.load_pem_private_key(text, None)
    assert key.public_key() == certificate.public_key()
    assert certificate.subject.rfc4514_string() == "CN=app1"
    assert "--resolve llm1:11434:192.0.2.11 https://llm1:11434/api/version" in out
    assert "llm2" not in out
    assert "PRIVATE" not in out + err
    context = ssl.create_default_context(cafile=str(tmp_path / "kept" / "fleet-roots.pem"))
    context.load_cert_chain(pem)


def test_what_is_there_is_not_lost(llamakeep, tmp_path):
    assert llamakeep("client-cert", "app1", "--to", str(tmp_path / "kept"))[0] == 0
    before = (tmp_path / "kept" / "app1.pem").read_bytes()
    code, _, err = llamakeep("client-cert", "app1", "--to", str(tmp_path / "kept"))
    assert code == 2
    assert "[file-exists]" in err
    assert (tmp_path / "kept" / "app1.pem").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "code"),
    [("llm1", "client-is-of-the-fleet"), ("nobody", "client-host-unknown"), ("other1", "client-not-let-in")],
)
def test_who_needs_none_is_refused(llamakeep, tmp_path, name, code):
    assert f"[{code}]" in llamakeep("client-cert", name, "--to", str(tmp_path / "kept"))[2]
    assert not (tmp_path / "kept").exists()


def test_who_is_revoked_is_named_and_comes_back_with_another(llamakeep, folder, tmp_path):
    assert llamakeep("client-cert", "app1", "--to", str(tmp_path / "one"))[0] == 0
    code, out, _ = llamakeep("ca", "revoke", "app1")
    assert code == 0
    assert out.startswith("revoked: app1, serial ")
    listed = x509.load_pem_x509_crl((folder / "root.crl").read_bytes())
    serial = x509.load_pem_x509_certificate((tmp_path / "one" / "app1.pem").read_bytes()).serial_number
    assert [one.serial_number for one in listed] == [serial]
    assert json.loads(llamakeep("ca", "show", "--hosts", "--json")[1])["revoked"] == ["app1"]
    assert "[certificate-not-issued]" in llamakeep("ca", "revoke", "app1")[2]
    assert llamakeep("client-cert", "app1", "--to", str(tmp_path / "two"))[0] == 0
    assert json.loads(llamakeep("ca", "show", "--hosts", "--json")[1])["revoked"] == []


def test_the_first_certificate_to_end_is_named(llamakeep, folder):
    ca, _ = hosts_ca_files.obtain(folder)
    hosts_ca_files.issue(folder, ca, "llm1", internal_ca.now())
    for words in (("ca", "show", "--hosts"), ("ca", "show")):
        code, out, err = llamakeep(*words)
        assert code == 0, err
        assert ", llm1" in err
        assert x509.load_pem_x509_certificate(out.encode())


def test_a_ca_that_no_run_has_made_yet_is_not_made_by_a_look(llamakeep, folder):
    assert "[ca-missing]" in llamakeep("ca", "show", "--hosts")[2]
    assert not folder.exists()


def test_another_root_says_that_it_takes_over(llamakeep, folder):
    hosts_ca_files.obtain(folder)
    before = (folder / "root.crt").read_bytes()
    code, _, err = llamakeep("ca", "renew", "--hosts")
    assert code == 0, err
    assert "another root, which is trusted until" in err
    assert (folder / "previous.crt").read_bytes() == before
    assert "[ca-replacement-under-way]" in llamakeep("ca", "renew", "--hosts")[2]
