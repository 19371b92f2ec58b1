"""The root as files: made once, its key for its owner alone, refused where it is not safe."""

import multiprocessing
import subprocess

import pytest
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import ca_files, internal_ca
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.leaf_certificate import issue
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".ca"


@pytest.fixture
def made(folder):
    return ca_files.obtain(folder, ["lab.example"])[0]


def test_it_is_made_on_first_use_and_found_ever_after(folder):
    first, is_new = ca_files.obtain(folder, ["lab.example"])
    second, is_new_again = ca_files.obtain(folder, [])
    assert (is_new, is_new_again) == (True, False)
    assert second.certificate == first.certificate
    assert (folder / "root.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "root.crt").stat().st_mode & 0o777 == 0o644
    assert sorted(one.name for one in folder.iterdir()) == [".gitignore", "root.crt", "root.key"]


def test_it_has_ten_years_and_a_p_256_key_and_its_domain(made):
    assert 3650 <= (made.ends - internal_ca.now()).days <= 3653
    assert isinstance(made.key.curve, ec.SECP256R1)
    assert made.domains() == ["lab.example"]


def test_git_takes_the_certificate_and_never_the_key(folder, made):
    def git(*words):
        return subprocess.run(["git", *words], cwd=folder.parent, capture_output=True, text=True, check=True).stdout

    git("init", "-q")
    git("add", "-A")
    assert git("ls-files").split() == [".ca/.gitignore", ".ca/root.crt"]


def test_where_nobody_may_write_none_is_kept(folder):
    _, is_new = ca_files.obtain(folder, ["lab.example"], keep=False)
    assert is_new
    assert not folder.exists()


def test_without_a_domain_there_is_nothing_to_vouch_for(folder):
    with pytest.raises(Refusal, match="gateway_domain: is not set"):
        ca_files.obtain(folder, [""])
    assert not folder.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(folder, made, mode):
    (folder / "root.key").chmod(mode)
    with pytest.raises(Refusal, match=f"can be read by others: its mode is {mode:04o}"):
        ca_files.read(folder)


def test_a_key_of_another_root_is_refused(folder, made):
    ca_files.write(folder, internal_ca.make(["lab.example"], internal_ca.now()))
    ca_files.write_certificate(folder, made)
    with pytest.raises(Refusal, match="does not fit"):
        ca_files.read(folder)


@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_refused(folder, made, text):
    (folder / "root.key").write_text(text)
    with pytest.raises(Refusal, match="holds no private key"):
        ca_files.read(folder)


def test_a_certificate_that_is_no_root_is_refused(folder, made):
    leaf = issue(made, ["lab.example"], internal_ca.now())
    for text, words in (("garbage", "holds no certificate"), (leaf, "is no root")):
        (folder / "root.crt").write_text(text)
        with pytest.raises(Refusal, match=words):
            ca_files.read(folder)


def test_a_checkout_without_the_key_has_the_root_all_the_same(folder, made):
    (folder / "root.key").unlink()
    found = ca_files.read(folder)
    assert found.certificate == made.certificate
    assert found.key is None


def test_a_key_whose_certificate_was_lost_gets_another_one(folder, made):
    (folder / "root.crt").unlink()
    again, is_new = ca_files.obtain(folder, ["lab.example"])
    assert is_new
    assert again.certificate.subject == made.certificate.subject
    assert again.key.public_key() == made.key.public_key()


def test_a_sealed_key_whose_certificate_was_lost_is_not_replaced(folder, made):
    (folder / "root.crt").unlink()
    (folder / "root.key").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    with pytest.raises(Refusal, match=r"is sealed, and root\.crt is not beside it"):
        ca_files.obtain(folder, ["lab.example"])
    assert [one.name for one in folder.iterdir() if one.name != ".gitignore"] == ["root.key"]


def test_a_passphrase_seals_the_key_and_opens_it(folder, monkeypatch):
    monkeypatch.setenv(ca_files.PASSPHRASE, "a sample of one")
    made, _ = ca_files.obtain(folder, ["lab.example"])
    assert (folder / "root.key").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert ca_files.read(folder).key.public_key() == made.key.public_key()
    monkeypatch.setenv(ca_files.PASSPHRASE, "another")
    with pytest.raises(Refusal, match="does not open it") as refused:
        ca_files.read(folder)
    assert "another" not in str(refused.value)
    monkeypatch.delenv(ca_files.PASSPHRASE)
    assert ca_files.read(folder).key is None


def test_a_key_in_a_vault_is_opened_by_ansible_or_stays_where_it_is(folder, made):
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "root.key").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    (folder / "root.key").chmod(0o644)
    assert ca_files.read(folder).key is None
    assert ca_files.read(folder, lambda _: made.key.private_bytes(*form)).key is not None


def test_several_who_ask_at_once_get_one_root(folder):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map(_obtained, [folder] * 8)
    assert len({text for text, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1


def _obtained(folder):
    ca, is_new = ca_files.obtain(folder, ["lab.example"])
    return internal_ca.pem(ca.certificate), is_new


def test_no_text_of_it_holds_the_key(folder, made):
    text = (folder / "root.key").read_text().splitlines()[1]
    assert text not in f"{made!r} {made}"
