"""The CA between hosts where something is in the way: half a replacement, names alike, a list that is gone."""

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import hosts_ca, hosts_ca_files, issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now
from cryptography import x509


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".ca" / "hosts"


@pytest.fixture
def ca(folder):
    return hosts_ca_files.obtain(folder)[0]


def test_two_names_that_differ_in_case_alone_are_refused(folder, ca):
    hosts_ca_files.issue(folder, ca, "gpu1", now())
    with pytest.raises(Refusal, match="differs from gpu1 in case alone") as refused:
        hosts_ca_files.issue(folder, ca, "GPU1", now())
    assert refused.value.id == "host-names-alike"
    hosts_ca_files.revoke(folder, ca, "gpu1", now())
    assert hosts_ca_files.issue(folder, ca, "GPU1", now())


def test_while_another_root_takes_over_what_that_one_issued_is_revoked(folder, ca):
    hosts_ca_files.issue(folder, ca, "llm1", now())
    made = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder, made)
    assert hosts_ca_files.revoke(folder, made, "llm1", now()) == []
    with pytest.raises(Refusal) as refused:
        hosts_ca_files.refuse_under_way(folder)
    assert refused.value.id == "ca-replacement-under-way"
    hosts_ca_files.issue(folder, made, "llm1", now())
    assert [one.name for one in hosts_ca_files.revoke(folder, made, "llm1", now())] == ["llm1"]


def test_a_revocation_that_the_index_forgot_stays_on_the_list(folder, ca):
    hosts_ca_files.issue(folder, ca, "llm1", now())
    hosts_ca_files.issue(folder, ca, "llm2", now())
    (first,) = hosts_ca_files.revoke(folder, ca, "llm1", now())
    (folder / "index.txt").write_text(issued.line(issued.read(folder / "index.txt")[1]))  # as an older copy has it
    (second,) = hosts_ca_files.revoke(folder, ca, "llm2", now())
    listed = x509.load_pem_x509_crl((folder / "root.crl").read_bytes())
    assert {one.serial_number for one in listed} == {first.serial, second.serial}


def test_a_list_that_is_none_is_refused_before_a_door_meets_it(folder, ca):
    (folder / "root.crl").write_text("<<<<<<< HEAD\n")
    with pytest.raises(Refusal) as refused:
        hosts_ca_files.trust(folder)
    assert refused.value.id == "ca-list-malformed"


def test_without_its_key_nobody_is_revoked(folder, ca):
    hosts_ca_files.issue(folder, ca, "llm1", now())
    with pytest.raises(Refusal) as refused:
        hosts_ca_files.revoke(folder, hosts_ca_files.Authority(ca.certificate, None), "llm1", now())
    assert refused.value.id == "ca-key-unavailable"


def test_a_replacement_that_was_cut_is_finished_by_the_next(folder, ca):
    for kind in ("crl", "crt"):  # as far as it got
        (folder / f"previous.{kind}").write_bytes((folder / f"root.{kind}").read_bytes())
    made = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder, made)
    assert hosts_ca_files.trust(folder).previous
    assert hosts_ca_files.trust(folder).roots.count("BEGIN CERTIFICATE") == 2


@pytest.mark.parametrize("written", [(), ("index.txt", "root.crl"), ("index.txt", "root.crl", "root.key")])
def test_wherever_a_replacement_was_cut_both_roots_have_their_lists_in_the_end(folder, ca, written, tmp_path):
    cut = hosts_ca_files.obtain(tmp_path / "cut" / "hosts")[0]  # the root that was about to come
    hosts_ca_files.write(tmp_path / "half", cut)
    for kind in ("crl", "crt"):
        (folder / f"previous.{kind}").write_bytes((folder / f"root.{kind}").read_bytes())
    for name in written:
        (folder / name).write_bytes((tmp_path / "half" / name).read_bytes())
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    trusted = hosts_ca_files.trust(folder)
    roots = x509.load_pem_x509_certificates(trusted.roots.encode())
    lists = [x509.load_pem_x509_crl(f"{one}-----END X509 CRL-----\n".encode())
             for one in trusted.revoked.split("-----END X509 CRL-----\n")[:-1]]  # fmt: skip
    assert all(lists[number].is_signature_valid(root.public_key()) for number, root in enumerate(roots))
    assert ca.certificate in roots


def test_a_root_whose_list_is_gone_is_replaced_and_not_trusted_any_more(folder, ca):
    (folder / "root.crl").unlink()
    with pytest.raises(Refusal, match="llamakeep ca renew --hosts"):
        hosts_ca_files.trust(folder)
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    assert not hosts_ca_files.trust(folder).previous
    assert hosts_ca_files.trust(folder).roots.count("BEGIN CERTIFICATE") == 1
