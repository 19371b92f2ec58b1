"""The CA between hosts as files: made once, kept safely, and followed by another one without a gap."""

import contextlib
import datetime
import multiprocessing
import subprocess

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, hosts_ca, hosts_ca_files, issued
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import identity
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.internal_ca import now, pem
from cryptography import x509
from cryptography.hazmat.primitives import serialization

SEALED = "$ANSIBLE_VAULT;1.1;AES256\n3132\n"


def later(count):
    return now() + datetime.timedelta(days=count)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".ca" / "hosts"


@pytest.fixture
def made(folder):
    folder.parent.mkdir()
    return hosts_ca_files.obtain(folder)[0]


def certificate(folder, host="llm1", present="", moment=None, unseal=None, *, keep=True):
    return hosts_ca_files.certificate(folder, host, present, moment or now(), unseal, keep=keep)


def index(folder):
    return issued.read(folder / "index.txt")


def test_it_is_made_on_first_use_and_found_ever_after(folder):
    folder.parent.mkdir()
    first, is_new = hosts_ca_files.obtain(folder)
    second, is_new_again = hosts_ca_files.obtain(folder)
    assert (is_new, is_new_again) == (True, False)
    assert second.certificate == first.certificate
    modes = {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}
    files = {".gitignore", "index.txt", "root.crl", "root.crt", "root.key"}
    assert modes == {name: 0o600 if name == "root.key" else 0o644 for name in files}


def test_its_folder_is_made_where_no_other_ca_is(folder):
    assert hosts_ca_files.obtain(folder)[1]
    assert folder.is_dir()


def test_git_takes_everything_but_the_key(folder, made):
    def git(*words):
        return subprocess.run(["git", *words], cwd=folder.parents[1], capture_output=True, text=True, check=True).stdout

    git("init", "-q")
    git("add", "-A")
    known = (".gitignore", "index.txt", "root.crl", "root.crt")
    assert git("ls-files").split() == [f".ca/hosts/{name}" for name in known]


def test_a_run_that_only_looks_keeps_nothing(folder):
    folder.parent.mkdir()
    made, is_new = hosts_ca_files.obtain(folder, keep=False)
    text, why = certificate(folder, keep=False)
    assert (is_new, why, folder.exists()) == (True, "there is none", False)
    assert "BEGIN PRIVATE KEY" in text
    assert hosts_ca_files.trust(folder, made).roots == pem(made.certificate)


def test_several_who_ask_at_once_get_one_root(folder):
    folder.parent.mkdir()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map(_obtained, [folder] * 8)
    assert len({text for text, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1


def _obtained(folder):
    ca, is_new = hosts_ca_files.obtain(folder)
    return pem(ca.certificate), is_new


def test_several_who_are_given_one_at_once_all_stand_in_the_index(folder, made):
    hosts = [f"llm{number}" for number in range(16)]
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.starmap(certificate, [(folder, host) for host in hosts])
    assert sorted(one.name for one in index(folder)) == sorted(hosts)


def test_a_host_gets_one_and_keeps_it(folder, made):
    text, why = certificate(folder)
    assert why == "there is none"
    assert certificate(folder, present=text) == (text, "")
    assert certificate(folder, present=text.rstrip("\n")) == (text, "")
    assert [(one.name, one.revoked) for one in index(folder)] == [("llm1", None)]
    assert certificate(folder, host="llm2", present=text)[1] == "it is for another host"


def test_one_that_nobody_could_revoke_is_replaced(folder, made):
    """As the plan says: the index is where who is revoked is looked up."""
    text, _ = certificate(folder)
    (folder / "index.txt").write_text("")
    other, why = certificate(folder, present=text)
    assert why == "it does not stand in the index of what was issued"
    assert other != text
    assert certificate(folder, present=other) == (other, "")


def test_a_host_with_an_odd_name_stands_in_the_index_under_the_one_that_it_bears(folder, made):
    text, _ = certificate(folder, "gpu 1")
    assert certificate(folder, "gpu 1", text) == (text, "")
    assert [one.name for one in index(folder)] == [identity("gpu 1")]


@pytest.mark.parametrize("away", ["gone", "in a vault"])
def test_without_the_key_a_certificate_that_is_in_force_serves_on(folder, made, away):
    text, _ = certificate(folder)
    (folder / "root.key").write_text(SEALED) if away == "in a vault" else (folder / "root.key").unlink()
    assert certificate(folder, present=text, moment=later(364)) == (text, "")
    with pytest.raises(Refusal, match="needs a certificate, as it ended on"):
        certificate(folder, present=text, moment=later(366))
    with pytest.raises(Refusal, match="llm2 needs a certificate, as there is none"):
        certificate(folder, host="llm2")
    with pytest.raises(Refusal, match="as it is for another host"):
        certificate(folder, host="llm2", present=text)


def test_without_the_key_a_revoked_one_serves_no_longer(folder, made):
    text, _ = certificate(folder)
    hosts_ca_files.revoke(folder, made, "llm1", now())
    (folder / "root.key").unlink()
    with pytest.raises(Refusal, match="as it is revoked"):
        certificate(folder, present=text)


def test_a_key_in_a_vault_is_opened_by_ansible(folder, made):
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "root.key").write_text(SEALED)
    text, _ = certificate(folder, unseal=lambda _: made.key.private_bytes(*form))
    assert certificate(folder, present=text) == (text, "")


def test_a_root_that_ended_signs_nothing(folder, made):
    with pytest.raises(Refusal, match="the CA between hosts ended on"):
        certificate(folder, moment=later(3700))


def test_who_is_revoked_is_revoked_by_name_and_gets_another_one(folder, made):
    first, second = certificate(folder, "chat1")[0], certificate(folder, "chat1")[0]
    other = certificate(folder, "chat2")[0]
    ended = hosts_ca_files.revoke(folder, made, "chat1", now())
    assert [one.name for one in ended] == ["chat1", "chat1"]
    assert certificate(folder, "chat1", first)[1] == "it is revoked"
    assert certificate(folder, "chat1", second)[1] == "it is revoked"
    assert certificate(folder, "chat2", other)[1] == ""
    listed = x509.load_pem_x509_crl((folder / "root.crl").read_bytes())
    assert {one.serial_number for one in listed} == {one.serial for one in ended}
    assert not issued.is_shut("chat1", index(folder))  # it was issued another one since
    assert len(hosts_ca_files.revoke(folder, made, "chat1", now())) == 2
    assert hosts_ca_files.revoke(folder, made, "chat1", now()) == []


def test_another_root_is_trusted_beside_the_one_before_until_every_host_has_one_of_it(folder, made):
    before = certificate(folder, "llm1")[0]
    assert hosts_ca_files.trust(folder).previous is False
    after = hosts_ca.make(now())
    hosts_ca_files.replace_root(folder, after)
    found = hosts_ca_files.trust(folder)
    assert found.roots == pem(after.certificate) + pem(made.certificate)
    assert found.revoked.count("BEGIN X509 CRL") == 2
    assert found.previous
    # In the first half of a run it shows the certificate that everybody takes; in the second the new one.
    assert hosts_ca_files.trusted(folder, "llm1", before, now()) == before
    text, why = certificate(folder, "llm1", before)
    assert why == "it is signed by another root"
    assert hosts_ca_files.trusted(folder, "llm1", text, now()) == text
    assert hosts_ca_files.drop_previous(folder, ["llm1", "llm2"], now()) == ["llm2"]
    assert hosts_ca_files.trust(folder).previous
    certificate(folder, "llm2")
    assert hosts_ca_files.drop_previous(folder, ["llm1", "llm2"], now()) == []
    assert hosts_ca_files.trust(folder).roots == pem(after.certificate)
    assert hosts_ca_files.trusted(folder, "llm1", before, now()) == ""


def test_one_root_is_replaced_at_a_time(folder, made):
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    with pytest.raises(Refusal, match="the root before has not gone yet"):
        hosts_ca_files.replace_root(folder, hosts_ca.make(now()))


def test_what_was_revoked_before_stays_revoked_while_another_root_takes_over(folder, made):
    serial = x509.load_pem_x509_certificate(certificate(folder, "chat1")[0].encode()).serial_number
    hosts_ca_files.revoke(folder, made, "chat1", now())
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    lists = hosts_ca_files.trust(folder).revoked.split("-----BEGIN")[1:]
    revoked = [one.serial_number for text in lists for one in x509.load_pem_x509_crl(f"-----BEGIN{text}".encode())]
    assert revoked == [serial]


def test_a_certificate_that_was_revoked_before_the_root_was_replaced_serves_no_longer(folder, made):
    """The index begins anew with the new root; whose list it is on is asked of the one before."""
    text = certificate(folder, "chat1")[0]
    hosts_ca_files.revoke(folder, made, "chat1", now())
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    assert hosts_ca_files.trusted(folder, "chat1", text, now()) == ""


def test_a_program_that_was_shut_out_stays_so_when_the_root_is_replaced(folder, made):
    certificate(folder, "chat1")
    hosts_ca_files.revoke(folder, made, "chat1", now())
    hosts_ca_files.replace_root(folder, hosts_ca.make(now()))
    assert not issued.is_live("chat1", index(folder), now())


def test_a_part_that_is_missing_is_named(folder, made):
    (folder / "root.crl").unlink()
    with pytest.raises(Refusal, match=r"root\.crl: cannot be read"):
        hosts_ca_files.trust(folder)


def test_a_key_that_others_can_read_is_refused(folder, made):
    (folder / "root.key").chmod(0o644)
    with pytest.raises(Refusal, match="can be read by others"):
        certificate(folder)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_key_whose_certificate_was_lost_is_not_thrown_away(folder, made, sealed):
    """As with the root that browsers trust: the hosts that trust it would take nobody that another one signed."""
    if sealed:
        (folder / "root.key").write_text(SEALED)
    kept = (folder / "root.key").read_bytes()
    (folder / "root.crt").unlink()
    with contextlib.suppress(Refusal):
        hosts_ca_files.obtain(folder)
    assert (folder / "root.key").read_bytes() == kept


def test_a_passphrase_seals_the_key(folder, monkeypatch):
    monkeypatch.setenv(ca_files.PASSPHRASE, "a sample of one")
    hosts_ca_files.obtain(folder)
    assert (folder / "root.key").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert certificate(folder)[1] == "there is none"
    monkeypatch.delenv(ca_files.PASSPHRASE)
    with pytest.raises(Refusal, match="has a passphrase that nobody gave"):
        certificate(folder, "llm2")
