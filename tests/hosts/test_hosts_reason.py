"""What OpenSSH prints where it does not get in, and what is said of it; texts of OpenSSH 8.4 to 10.0."""

import pytest

from llamakeep.hosts.reason import in_words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ssh: connect to host 192.0.2.7 port 22: Connection timed out", "nothing answers at 192.0.2.7 port 22"),
        (
            "ssh: connect to host 192.0.2.7 port 22: No route to host",
            "nothing answers at 192.0.2.7 port 22 (No route to host)",
        ),
        (
            "Connection timed out during banner exchange\nConnection to 192.0.2.7 port 22 timed out",
            "it takes connections and says nothing",
        ),
        ("ops@192.0.2.7: Permission denied (publickey,password).", "ssh does not let ops in"),
        ("Permission denied, please try again.", "ssh does not let ann in"),
        (
            "No ED25519 host key is known for [192.0.2.7]:2222 and you have requested strict checking.\nHost key …",
            "host key not in known_hosts: [192.0.2.7]:2222",
        ),
        ("Host key verification failed.", "its host key is not in known_hosts"),
        (
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n…\nHost key verification failed.",
            "its host key is not the one in known_hosts: another machine may answer in its place",
        ),
        (
            "ssh: Could not resolve hostname gpu01.invalid: Name or service not known",
            "DNS lookup failed (Name or service not known)",
        ),
        (
            "Permissions 0644 for '/keys/id' are too open.\nops@192.0.2.7: Permission denied (publickey).",
            "ssh does not take the key /keys/id: others may read it (mode 0644)",
        ),
        (
            "kex_exchange_identification: Connection closed by remote host",
            "kex_exchange_identification: Connection closed by remote host",
        ),
        (
            "Warning: Permanently added 'x' to the list of known hosts.\n\nYour account has expired.",
            "Your account has expired.",
        ),
        (
            "./ssh.cfg: line 3: Bad configuration option: hostnam\n./ssh.cfg: terminating, 1 bad configuration options",
            "ssh does not understand ./ssh.cfg: line 3: Bad configuration option: hostnam",
        ),
        ("", "the connection broke off before the host had answered"),
    ],
)
def test_words(said, words):
    assert in_words(said, "ann") == words
