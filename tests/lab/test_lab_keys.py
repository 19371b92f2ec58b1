"""Keys and pins of a lab."""

import pytest

from llamakeep.errors import Refusal
from llamakeep_lab import keys


def test_the_operators_key_is_made_once_and_for_its_owner_only(tmp_path):
    folder = tmp_path / ".ssh"
    first = keys.operator(folder, "test")
    assert keys.operator(folder, "test") == first
    assert (folder / "id_ed25519").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert first.public.startswith(b"ssh-ed25519 ")


def test_half_a_key_is_made_again(tmp_path):
    first = keys.operator(tmp_path, "test")
    (tmp_path / "id_ed25519.pub").unlink()
    assert keys.operator(tmp_path, "test") != first


def test_hosts_are_pinned_by_address_and_port():
    public = b"ssh-ed25519 AAAAC3 llm1\n"
    pinned = keys.known_hosts([(("192.0.2.11", "2001:db8::b"), 22, public), (("192.0.2.12",), 2222, public)])
    assert pinned == ("192.0.2.11,2001:db8::b ssh-ed25519 AAAAC3\n[192.0.2.12]:2222 ssh-ed25519 AAAAC3\n")


def test_a_missing_ssh_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refusal, match="apt install openssh-client"):
        keys.make("test")
