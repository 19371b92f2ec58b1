"""A chat that asks a gateway, over TLS and with a key of its own, from a network that holds loopback alone."""

import datetime
import json

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from llamakeep.lab.machine import File

pytestmark = pytest.mark.lab

KEY = "lk_" + "k3y-of_the-chat" * 3
PEM = serialization.Encoding.PEM
NOT = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False)
NOT |= dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
SIGNS = x509.KeyUsage(key_cert_sign=True, crl_sign=True, **NOT)


def certificate(name, issuer=None):
    """Return a certificate and its private key: an authority's own, or one that it issued for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signed_by = (issuer[1], issuer[0].subject) if issuer else (key, named)
    now = datetime.datetime.now(datetime.UTC)
    # Python 3.13 insists on every one of these.
    extensions = {
        x509.BasicConstraints(ca=issuer is None, path_length=None): True,
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()): False,
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()): False,
        **({x509.SubjectAlternativeName([x509.DNSName(name)]): False} if issuer else {SIGNS: True}),
    }
    made = x509.CertificateBuilder(signed_by, named, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
    for extension, is_critical in extensions.items():
        made = made.add_extension(extension, is_critical)
    return made.sign(signer, hashes.SHA256()), key


def written(certificate, key):
    plain = serialization.NoEncryption()
    return certificate.public_bytes(PEM) + key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)


@pytest.fixture(scope="module")
def gateway(chat):
    """Have the other host be a gateway, and the chat ask it."""
    authority = certificate("the operator's own authority")
    leaf = certificate("api.ai.example", authority)
    (chat.folder / "ca").mkdir()
    (chat.folder / "ca" / "root.crt").write_bytes(authority[0].public_bytes(PEM))
    chat.models.put_all({"/root/gateway.pem": File(written(*leaf), 0o600)})
    serve = ["python3", "/root/fake_models.py", chat.models.address4, "8443", "/root/gateway.pem", KEY]
    chat.models.exec(["systemctl", "stop", "fake-gateway"], check=False)
    chat.models.exec(["systemd-run", "--unit", "fake-gateway", *serve])
    before = (chat.folder / "hosts.yml").read_text()
    hosts = yaml.safe_load(before)
    settings = hosts["chat_hosts"]["hosts"]["chat"]
    del settings["open_webui_backend"]
    settings["open_webui_backend_key"] = KEY
    there = {"ansible_host": chat.models.address4, "gateway_domain": "ai.example", "gateway_https_port": 8443}
    hosts["gateway_hosts"] = {"hosts": {"gateway": there}}
    (chat.folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    done = chat.converge("-vvv", "--diff")
    assert done.code == 0, done.text[-4000:]
    assert KEY not in done.text
    yield chat
    (chat.folder / "hosts.yml").write_text(before)
    chat.models.exec(["systemctl", "stop", "fake-gateway"], check=False)
    assert chat.converge().code == 0


def test_models_are_asked_by_the_gateways_name_and_with_the_key(gateway):
    code, text = gateway.ask("/api/models", token=gateway.log_in())
    journal = gateway.sh("journalctl -u open-webui -u open-webui-models --no-pager --output cat --lines 20")
    assert (code, [model["id"] for model in json.loads(text)["data"]]) == (200, ["tiny:1b"]), journal
    body = {"model": "tiny:1b", "stream": True, "messages": [{"role": "user", "content": "and?"}]}
    assert "Paris" in gateway.ask("/api/chat/completions", body, gateway.log_in())[1]


def test_it_is_still_sealed(gateway):
    seen = gateway.sh("tail -n +3 /proc/$(systemctl show -P MainPID open-webui)/net/dev | cut -d: -f1")
    assert seen.split() == ["lo"]


def test_the_key_is_nowhere_but_with_root(gateway):
    assert gateway.sh("stat -c '%U %a' /etc/llamakeep/open_webui/backend_key") == "root 600"
    said = gateway.sh("journalctl --no-pager --output cat; ps axww; cat /etc/systemd/system/open-webui*.service")
    assert KEY not in said


def test_a_second_run_changes_nothing(gateway):
    again = gateway.converge()
    assert (again.code, again.changed) == (0, 0), again.text


def test_another_key_is_told_to_the_service(gateway):
    path = gateway.folder / "hosts.yml"
    path.write_text(path.read_text().replace(KEY, f"{KEY}x"))
    assert gateway.converge().code == 0
    code, text = gateway.ask("/api/models", token=gateway.log_in())
    assert (code, json.loads(text)["data"]) == (200, [])
    path.write_text(path.read_text().replace(f"{KEY}x", KEY))
    assert gateway.converge().code == 0
