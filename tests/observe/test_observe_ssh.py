"""From what the inventory says to ssh, to how pyinfra connects."""

from pathlib import Path

import pytest

from llamakeep.inventory.fleet import Connection
from llamakeep.observe.reason import in_words
from llamakeep.observe.ssh import host_data


def connection(*options: str, **fields: object) -> Connection:
    return Connection(kind="ssh", address="192.0.2.7", ssh_options=options, **fields)  # type: ignore[arg-type]


def test_host_keys_are_checked_whatever_the_inventory_says(tmp_path: Path) -> None:
    config = tmp_path / "config"
    data = host_data(connection("-o", "StrictHostKeyChecking=no"), config)
    assert data["ssh_strict_host_key_checking"] == "yes"
    assert "StrictHostKeyChecking yes" in config.read_text()
    assert "StrictHostKeyChecking no" not in config.read_text()


def test_known_hosts_of_the_inventory_come_first(tmp_path: Path) -> None:
    config = tmp_path / "config"
    host_data(connection("-o", "UserKnownHostsFile=/inv/known_hosts"), config)
    assert "UserKnownHostsFile /inv/known_hosts /etc/ssh/ssh_known_hosts" in config.read_text()


def test_jump_and_config_file_go_through(tmp_path: Path) -> None:
    config = tmp_path / "config"
    host_data(connection("-J", "bastion", "-F/inv/ssh_config", "-C"), config)
    lines = config.read_text().splitlines()
    assert lines[:2] == ["Host 192.0.2.7", "  ProxyJump bastion"]
    assert "Include /inv/ssh_config" in lines


def test_the_first_option_wins_as_in_ssh(tmp_path: Path) -> None:
    config = tmp_path / "config"
    host_data(connection("-o", "ProxyCommand=first", "-o", "ProxyCommand=second"), config)
    assert "first" in config.read_text()
    assert "second" not in config.read_text()


def test_user_port_and_key(tmp_path: Path) -> None:
    data = host_data(connection(user="ops", port=2222, private_key="/keys/id"), tmp_path / "config")
    assert (data["ssh_user"], data["ssh_port"], data["ssh_key"]) == ("ops", 2222, "/keys/id")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            "Could not connect ([Errno None] Unable to connect to port 22 on 192.0.2.7)",
            "nothing answers at 192.0.2.7 port 22",
        ),
        (
            "Authentication error (username=ops, key=/keys/id) (Authentication failed.)",
            "ssh does not let ops in with the key /keys/id",
        ),
        (
            "SSH error (StrictPolicy: No host key for 192.0.2.7 found in known_hosts)",
            "host key not in known_hosts: 192.0.2.7",
        ),
        (
            "SSH host key error (Host key for 192.0.2.7 does not match.)",
            "its host key is not the one in known_hosts: another machine may answer in its place",
        ),
        (
            "Could not resolve hostname ([Errno -2] Name or service not known)",
            "DNS lookup failed (Name or service not known)",
        ),
        ("no connection within 10 s", "no connection within 10 s"),
        ("Could not connect (no connection within 10 s)", "no connection within 10 s"),
    ],
)
def test_why_a_host_cannot_be_reached(error: str, words: str) -> None:
    assert in_words(error) == words
