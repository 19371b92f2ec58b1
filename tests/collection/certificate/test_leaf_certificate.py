"""A host's certificate: what it holds, when the present one will do, and what any TLS client makes of it."""

import contextlib
import datetime
import socket
import ssl
import subprocess
import threading

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.leaf_certificate import fault, issue, names, refuse_unable
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store

NAMES = ["chat.lab.example", "api.lab.example", "10.1.2.3"]


def days(count):
    return datetime.timedelta(days=count)


def verified_by_cryptography(ca, text, name, moment):
    verifier = PolicyBuilder().store(Store([ca.certificate])).time(moment).build_server_verifier(x509.DNSName(name))
    return verifier.verify(x509.load_pem_x509_certificate(text.encode()), [])


def openssl_verify(tmp_path, ca, text, *more):
    (tmp_path / "root.crt").write_text(internal_ca.pem(ca.certificate))
    (tmp_path / "leaf.pem").write_text(text)
    words = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "root.crt", *more, "leaf.pem"]
    return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_it_holds_the_names_asked_for_and_serves_and_nothing_else(ca, moment):
    text = issue(ca, NAMES, moment)
    leaf = x509.load_pem_x509_certificate(text.encode())
    assert text.count("BEGIN CERTIFICATE") == text.count("BEGIN PRIVATE KEY") == 1
    assert internal_ca.pem(ca.certificate) not in text
    assert isinstance(leaf.public_key().curve, ec.SECP256R1)
    assert leaf.not_valid_after_utc == moment + days(90)
    extensions = {one.oid._name: one.value for one in leaf.extensions}
    assert {str(one.value) for one in extensions["subjectAltName"]} == set(NAMES)
    assert list(extensions["extendedKeyUsage"]) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extensions["basicConstraints"].ca


def test_cryptography_and_openssl_believe_it(ca, moment, tmp_path):
    real = internal_ca.make(["lab.example"], internal_ca.now())
    text = issue(real, NAMES, internal_ca.now())
    assert verified_by_cryptography(real, text, "api.lab.example", internal_ca.now())
    for more in (["-verify_hostname", "chat.lab.example"], ["-verify_ip", "10.1.2.3"]):
        said = openssl_verify(tmp_path, real, text, *more)
        assert said.returncode == 0, said.stderr
    assert openssl_verify(tmp_path, real, text, "-verify_hostname", "www.lab.example").returncode != 0


@pytest.mark.parametrize("name", ["bank.example", "notlab.example", "192.0.2.1"])
def test_openssl_believes_the_root_nothing_beyond_its_domain(name, tmp_path):
    real = internal_ca.make(["lab.example"], internal_ca.now())
    assert not real.vouches_for(name)
    said = openssl_verify(tmp_path, real, issue(real, [name], internal_ca.now()))
    assert "permitted subtree violation" in said.stdout + said.stderr


@pytest.mark.parametrize("name", ["lab.example", "chat.lab.example", "127.0.0.1", "10.9.9.9", "::1", "fd12::1"])
def test_it_vouches_for_its_domain_and_for_private_addresses(ca, name):
    assert ca.vouches_for(name)


def test_a_real_handshake_on_loopback(tmp_path):
    real = internal_ca.make(["lab.example"], internal_ca.now())
    (tmp_path / "leaf.pem").write_text(issue(real, ["api.lab.example"], internal_ca.now()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "leaf.pem")
    client = ssl.create_default_context(cadata=internal_ca.pem(real.certificate))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert shake(server, client, "api.lab.example")["subjectAltName"] == (("DNS", "api.lab.example"),)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(server, client, "chat.lab.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake(server, ssl.create_default_context(), "api.lab.example")


def shake(server, client, name):
    """Return the certificate that a client sees."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, server))
        thread.start()
        try:
            plain = socket.create_connection(listener.getsockname(), timeout=5)
            with plain, client.wrap_socket(plain, server_hostname=name) as sealed:
                return sealed.getpeercert()
        finally:
            thread.join()


def serve(listener, server):
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):  # the client's refusal is what is looked at
        server.wrap_socket(connection, server_side=True).close()


def test_what_is_right_stays(ca, moment):
    text = issue(ca, NAMES, moment)
    assert fault(text, ca, NAMES, moment) == ""
    assert fault(text, ca, NAMES[::-1], moment + days(60)) == ""


def test_it_stays_under_a_root_that_was_renewed_with_the_same_key(ca, moment):
    renewed = internal_ca.make(["lab.example"], moment + days(1), ca.key)
    text = issue(ca, NAMES, moment)
    assert fault(text, renewed, NAMES, moment + days(1)) == ""
    assert verified_by_cryptography(renewed, text, "api.lab.example", moment + days(1))
    later = issue(renewed, NAMES, moment + days(1))
    assert verified_by_cryptography(ca, later, "api.lab.example", moment + days(1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text, ca: ("", ca, NAMES, 0), "there is none"),
        (lambda text, ca: ("garbage", ca, NAMES, 0), "no certificate with its key"),
        (lambda text, ca: (text.partition("-----BEGIN CERT")[0], ca, NAMES, 0), "no certificate with its key"),
        (lambda text, ca: (text, ca, NAMES[:1], 0), "it is for 10.1.2.3, api.lab.example, chat.lab.example"),
        (lambda text, ca: (text, ca, [*NAMES, "x.lab.example"], 0), "it is for"),
        (lambda text, ca: (text, ca, NAMES, 61), "it ends on 2027-02-20, in 29 days"),
        (lambda text, ca: (text, ca, NAMES, 91), "it ended on 2027-02-20"),
        (lambda text, ca: (text, ca, NAMES, -2), "it begins on 2026-11-22 only"),
        (lambda text, ca: (text, internal_ca.make(["lab.example"], ca.ends - days(3000)), NAMES, 0), "by another root"),
        (lambda text, ca: (text, internal_ca.make(["b.example"], ca.ends - days(3000), ca.key), NAMES, 0), "no longer"),
    ],
)
def test_what_is_wrong_is_said(ca, moment, change, reason):
    text, root, wanted, later = change(issue(ca, NAMES, moment), ca)
    assert reason in fault(text, root, wanted, moment + days(later))


def test_a_key_that_belongs_to_another_certificate_is_seen(ca, moment):
    one, other = issue(ca, NAMES, moment), issue(ca, NAMES, moment)
    mixed = one.partition("-----BEGIN CERT")[0] + "-----BEGIN CERT" + other.partition("-----BEGIN CERT")[2]
    assert fault(mixed, ca, NAMES, moment) == "its key belongs to another one"


def test_the_last_one_under_a_root_that_ends_is_not_made_anew_each_time(ca):
    late = ca.ends - days(20)
    text = issue(ca, NAMES, late)
    assert x509.load_pem_x509_certificate(text.encode()).not_valid_after_utc == ca.ends
    assert fault(text, ca, NAMES, late + days(1)) == ""


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["API.lab.example", "api.lab.example"], ["api.lab.example"]),
        (["2001:DB8::0:1", "192.0.2.1"], ["2001:db8::1", "192.0.2.1"]),
        (["gateway"], ["gateway"]),
    ],
)
def test_names_come_in_one_spelling(wanted, found):
    assert names(wanted) == found


@pytest.mark.parametrize(
    "wanted", [[], [""], ["chat."], ["*.lab.example"], ["a b"], ["-a.example"], ["x" * 64], [".x"]]
)
def test_what_is_no_name_is_refused(wanted):
    with pytest.raises(Refusal):
        names(wanted)


def test_a_name_too_long_to_be_common_is_a_name_all_the_same(ca, moment):
    long = f"{'a' * 60}.{'b' * 20}.lab.example"
    assert fault(issue(ca, [long], moment), ca, [long], moment) == ""


@pytest.mark.parametrize(
    ("change", "wanted", "later", "words"),
    [
        (lambda ca: ca, ["x.bank.example"], 0, "may not vouch for x.bank.example"),
        (lambda ca: ca, NAMES, 3660, "ended on 2036-11-22"),
        (lambda ca: internal_ca.Authority(ca.certificate, None), NAMES, 0, "is not here"),
    ],
)
def test_a_root_that_cannot_sign_says_why(ca, moment, change, wanted, later, words):
    refuse_unable(ca, NAMES, moment, ".ca")
    with pytest.raises(Refusal, match=words):
        refuse_unable(change(ca), wanted, moment + days(later), ".ca")
