"""known_hosts, as ssh-keygen and people write it."""

import time
from pathlib import Path

import pytest
from paramiko.hostkeys import HostKeys

from llamakeep.observe.known import KnownHosts
from llamakeep_lab.keys import make

KEY = " ".join(make("one").public.decode("ascii").split()[:2])
OTHER = " ".join(make("two").public.decode("ascii").split()[:2])


def known(tmp_path: Path, *lines: str) -> KnownHosts:
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    keys = KnownHosts()
    keys.load(str(file))
    return keys


def of(keys: KnownHosts, host: str) -> list[str]:
    found = keys.get(host)
    return [] if found is None else [f"{kind} {key.get_base64()}" for kind, key in found.items()]


@pytest.mark.parametrize(
    "names",
    [
        "192.0.2.7",
        "gpu01.example,192.0.2.7",
        HostKeys.hash_host("192.0.2.7", "|1|AAECAwQFBgcICQoLDA0ODxAREhM="),  # with a salt of its own
        "192.0.2.*",
        "*.7,!192.0.2.8",
        "192.0.2.?",
    ],
)
def test_a_host_is_known_under_its_name_its_hash_and_a_pattern(tmp_path: Path, names: str) -> None:
    keys = known(tmp_path, "# the office", "", f"{names} {KEY} a comment", f"198.51.100.1 {OTHER}")
    assert of(keys, "192.0.2.7") == [KEY]
    assert of(keys, "203.0.113.7") == ([KEY] if names.startswith("*") else [])


def test_a_name_that_is_excepted_is_not_known(tmp_path: Path) -> None:
    assert of(known(tmp_path, f"192.0.2.*,!192.0.2.7 {KEY}"), "192.0.2.7") == []


def test_a_port_belongs_to_the_name(tmp_path: Path) -> None:
    keys = known(tmp_path, f"[192.0.2.7]:2222 {KEY}", f"[192.0.2.*]:2200 {OTHER}")
    assert of(keys, "192.0.2.7") == []
    assert of(keys, "[192.0.2.7]:2222") == [KEY]
    assert of(keys, "[192.0.2.9]:2200") == [OTHER]


def test_a_revoked_key_is_nobodys(tmp_path: Path) -> None:
    assert of(known(tmp_path, f"192.0.2.7 {KEY}", f"@revoked * {KEY}"), "192.0.2.7") == []


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2.7",
        "192.0.2.7 ssh-ed25519",
        "192.0.2.7 ssh-new AAAA",
        "192.0.2.7 ssh-ed25519 !",
        "|1|x ssh-rsa A",
        "\xff",
    ],
)
def test_a_line_without_sense_hides_no_other(tmp_path: Path, line: str) -> None:
    assert of(known(tmp_path, line, f"192.0.2.7 {KEY}"), "192.0.2.7") == [KEY]


def test_a_thousand_hashed_hosts_are_looked_up_in_moments(tmp_path: Path) -> None:
    """paramiko takes more than ten seconds to read them."""
    names = [f"[127.66.{n // 256}.{n % 256}]:2222" for n in range(1000)]
    lines = [f"{HostKeys.hash_host(name)} {KEY}" for name in names]
    started = time.process_time()
    keys = known(tmp_path, *lines)
    assert [of(keys, name) for name in names[::20]] == [[KEY]] * 50
    assert time.process_time() - started < 2
