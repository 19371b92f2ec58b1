"""The CA between hosts as values: for whom a certificate is, when the present one will do, and who is revoked."""

import datetime
import ipaddress
import subprocess

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID


def days(count):
    return datetime.timedelta(days=count)


@pytest.fixture(scope="module")
def root():
    return hosts_ca.make(datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC))


def faulty(root, text, moment, host="llm1", revoked=()):
    return hosts_ca.fault(text, root.certificate, host, revoked, moment)


def test_the_root_vouches_for_any_name_and_for_no_other_ca(root):
    extensions = {one.oid._name: one.value for one in root.certificate.extensions}
    assert "nameConstraints" not in extensions
    assert (extensions["basicConstraints"].ca, extensions["basicConstraints"].path_length) == (True, 0)
    assert root.certificate.subject.rfc4514_string().startswith("CN=llamakeep CA between hosts ")
    assert root.vouches_for("gpu 1")


def test_a_certificate_is_for_a_client_and_for_a_server_for_a_year(root, moment):
    text, leaf = hosts_ca.issue(root, "llm1", moment)
    extensions = {one.oid._name: one.value for one in leaf.extensions}
    assert text.count("BEGIN PRIVATE KEY") == text.count("BEGIN CERTIFICATE") == 1
    assert set(extensions["extendedKeyUsage"]) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert not extensions["basicConstraints"].ca
    assert (extensions["keyUsage"].digital_signature, extensions["keyUsage"].key_cert_sign) == (True, False)
    assert leaf.subject.rfc4514_string() == "CN=llm1"
    assert extensions["subjectAltName"].get_values_for_type(x509.DNSName) == ["llm1"]
    assert leaf.not_valid_after_utc == moment + days(365)
    assert leaf.not_valid_before_utc == moment - days(1)


@pytest.mark.parametrize("host", ["192.0.2.11", "2001:db8::11"])
def test_a_host_that_is_named_by_its_address_is_known_by_that(root, moment, host):
    names = hosts_ca.issue(root, host, moment)[1].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(host)]


@pytest.mark.parametrize("host", ["gpu 1", "x" * 200, "künstlich"])
def test_a_host_with_an_odd_name_has_one_as_well(root, moment, host):
    text, leaf = hosts_ca.issue(root, host, moment)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [identity(host)]
    assert faulty(root, text, moment, host) == ""


def test_none_outlives_its_root(root):
    late = root.ends - days(20)
    text, leaf = hosts_ca.issue(root, "llm1", late)
    assert leaf.not_valid_after_utc == root.ends
    assert faulty(root, text, late + days(19)) == ""


def test_it_is_renewed_after_a_third_of_its_time_and_not_before(root, moment):
    text, _ = hosts_ca.issue(root, "llm1", moment)
    third = days(365) / 3
    assert faulty(root, text, moment + third - days(1)) == ""
    assert faulty(root, text, moment + third + days(1)) == "it ends on 2027-11-22, and a third of its time is over"
    assert not hosts_ca.has_ended(text, moment + days(365) - days(1))
    assert hosts_ca.has_ended(text, moment + days(365))
    assert hosts_ca.has_ended("garbage", moment)


@pytest.mark.parametrize(
    ("changed", "host", "later", "reason"),
    [
        (lambda _, text: "", "llm1", 0, "there is none"),
        (lambda _, text: " \n", "llm1", 0, "there is none"),
        (lambda _, text: "garbage", "llm1", 0, "what is there is no certificate with its key"),
        (lambda _, text: text.partition("-----BEGIN CERT")[0], "llm1", 0, "no certificate with its key"),
        (lambda _, text: text[text.index("-----BEGIN CERT") :], "llm1", 0, "no certificate with its key"),
        (lambda _, text: text, "llm2", 0, "it is for another host"),
        (lambda _, text: text, "LLM1", 0, "it is for another host"),
        (lambda _, text: text, "llm1", 366, "it ended on 2027-11-22"),
    ],
)
def test_what_is_wrong_is_said(root, moment, changed, host, later, reason):
    text, _ = hosts_ca.issue(root, "llm1", moment)
    assert reason in faulty(root, changed(root, text), moment + days(later), host)


def test_a_key_that_belongs_to_another_one_is_seen(root, moment):
    one, other = hosts_ca.issue(root, "llm1", moment)[0], hosts_ca.issue(root, "llm1", moment)[0]
    mixed = one.partition("-----BEGIN CERT")[0] + other[other.index("-----BEGIN CERT") :]
    assert faulty(root, mixed, moment) == "its key belongs to another one"


def test_one_of_another_root_or_a_revoked_one_will_not_do(root, moment):
    text, leaf = hosts_ca.issue(root, "llm1", moment)
    assert faulty(hosts_ca.make(moment), text, moment) == "it is signed by another root"
    assert faulty(root, text, moment, revoked=[leaf.serial_number]) == "it is revoked"
    assert faulty(root, text, moment, revoked=[leaf.serial_number + 1]) == ""


def test_the_list_of_the_revoked_is_in_force_as_long_as_the_root(root, moment):
    serial = hosts_ca.issue(root, "llm1", moment)[1].serial_number
    listed = x509.load_pem_x509_crl(hosts_ca.revocations(root, [(serial, moment)], moment).encode())
    assert listed.next_update_utc == root.ends
    assert listed.last_update_utc <= moment
    assert listed.is_signature_valid(root.certificate.public_key())
    assert [one.serial_number for one in listed] == [serial]
    assert listed.get_revoked_certificate_by_serial_number(serial).revocation_date_utc == moment


@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
def test_openssl_believes_it_until_it_is_revoked(tmp_path, purpose):
    real = hosts_ca.make(internal_ca.now())
    text, leaf = hosts_ca.issue(real, "llm1", internal_ca.now())
    (tmp_path / "root.crt").write_text(internal_ca.pem(real.certificate))
    (tmp_path / "leaf.pem").write_text(text)
    words = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-crl_check_all", "-CRLfile", "root.crl"]
    for serials, code in (([], True), ([(leaf.serial_number, internal_ca.now())], False)):
        (tmp_path / "root.crl").write_text(hosts_ca.revocations(real, serials, internal_ca.now()))
        done = subprocess.run(
            [*words, "-CAfile", "root.crt", "leaf.pem"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) is code, done.stderr
