"""`llamakeep ca` as a person and as a script meet it."""

import datetime
import json
import subprocess

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, ca_place, internal_ca
from cryptography import x509

from llamakeep import cli

HOSTS = """
all:
  children:
    llm_hosts:
      hosts: {llm1: {ansible_host: 192.0.2.11}}
      vars: {ollama_api_groups: [gateway_hosts], ollama_api_addresses: [192.0.2.11]}
    gateway_hosts:
      hosts: {gate1: {ansible_host: 192.0.2.10}}
      vars: {gateway_domain: Lab.example}
"""


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text(HOSTS)
    return tmp_path


@pytest.fixture
def made(inventory):
    return ca_files.obtain(inventory / ca_place.FOLDER, ["lab.example"])[0]


@pytest.fixture
def llamakeep(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["llamakeep", *words])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def aged(inventory, made, days_left):
    """Put in place of the root one that has so many days left."""
    moment = internal_ca.now() + datetime.timedelta(days=days_left, hours=1) - internal_ca.YEARS
    ca_files.write_certificate(inventory / ca_place.FOLDER, internal_ca.make(["lab.example"], moment, made.key))


def test_the_first_look_makes_it_for_the_gateways_domain(llamakeep, inventory):
    code, out, err = llamakeep("ca", "show", "-i", str(inventory))
    assert code == 0, err
    assert x509.load_pem_x509_certificate(out.encode())
    assert out == (inventory / ".ca" / "root.crt").read_text()
    assert "made just now" in err
    assert "lab.example and private addresses" in err
    assert err.endswith(f"next: llamakeep up -i {inventory}\n")


def test_it_is_shown_with_what_openssl_calls_its_fingerprint_and_how_to_trust_it(llamakeep, inventory, made):
    code, out, err = llamakeep("ca", "show", "-i", str(inventory))
    assert code == 0
    said = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=out, capture_output=True, text=True, check=True
    ).stdout
    assert said.strip().rpartition("=")[2] in err
    for system in ("update-ca-certificates", "security add-trusted-cert", "certutil -addstore", "Firefox", "nssdb"):
        assert system in err


def test_the_key_is_shown_to_nobody(llamakeep, inventory, made):
    secret = (inventory / ".ca" / "root.key").read_text().splitlines()[1]
    for words in (["show"], ["show", "--json"], ["renew"], ["renew", "--new-key"]):
        code, out, err = llamakeep("ca", *words, "-i", str(inventory))
        assert code == 0
        assert secret not in out + err
        assert "PRIVATE" not in out + err


def test_the_machine_twin(llamakeep, inventory, made):
    code, out, err = llamakeep("ca", "show", "-i", str(inventory), "--json")
    record = json.loads(out)
    assert (code, err) == (0, "")
    assert record["fingerprint"] == internal_ca.fingerprint(made.certificate)
    assert (record["domains"], record["key"], record["findings"]) == (["lab.example"], "here", [])


@pytest.mark.parametrize(("left", "words"), [(100, "it ends in 100 days"), (-1, "it has ended")])
def test_one_that_ends_is_a_finding(llamakeep, inventory, made, left, words):
    aged(inventory, made, left)
    code, _, err = llamakeep("ca", "show", "-i", str(inventory))
    assert code == 1
    assert words in err
    assert err.endswith(f"next: llamakeep ca renew -i {inventory}\n")


def test_renewed_it_has_the_same_key_and_begins_anew(llamakeep, inventory, made):
    aged(inventory, made, 100)
    code, out, _ = llamakeep("ca", "renew", "-i", str(inventory), "--json")
    assert code == 0
    assert json.loads(out)["days_left"] > 3600
    again = ca_files.read(inventory / ".ca")
    assert again.certificate.subject == made.certificate.subject
    assert again.key.public_key() == made.key.public_key()


def test_with_a_new_key_it_is_another(llamakeep, inventory, made):
    code, _, _ = llamakeep("ca", "renew", "--new-key", "-i", str(inventory))
    assert code == 0
    assert ca_files.read(inventory / ".ca").key.public_key() != made.key.public_key()


def test_a_colleagues_checkout_shows_it_and_renews_nothing(llamakeep, inventory, made):
    (inventory / ".ca" / "root.key").unlink()
    code, _, err = llamakeep("ca", "show", "-i", str(inventory))
    assert code == 0
    assert "not here: only the operator who has it" in err
    code, out, err = llamakeep("ca", "renew", "-i", str(inventory))
    assert (code, out) == (2, "")
    assert "root.key: is not here" in err


def test_a_key_that_others_can_read_is_refused(llamakeep, inventory, made):
    (inventory / ".ca" / "root.key").chmod(0o644)
    code, out, err = llamakeep("ca", "show", "-i", str(inventory))
    assert (code, out) == (2, "")
    assert "can be read by others: its mode is 0644" in err
    assert "→ chmod 600" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HOSTS.replace("gateway_domain", "ollama_api_port").replace("Lab.example", "11434"), "is not set"),
        (HOSTS.replace("gateway_hosts", "chat_hosts"), "no host is in the group gateway_hosts"),
        (HOSTS.replace("Lab.example", "'*.lab'"), "gateway_domain: '*.lab' is no domain"),
        (HOSTS.replace("Lab.example", "5"), "gateway_domain: 5 is no domain"),
    ],
)
def test_an_inventory_without_a_gateway_that_has_a_domain_gets_none(llamakeep, inventory, text, words):
    (inventory / "hosts.yml").write_text(text)
    code, out, err = llamakeep("ca", "show", "-i", str(inventory))
    assert (code, out) == (2, "")
    assert words in err
    assert not (inventory / ".ca").exists()
