"""Whom a door lets in, whatever becomes of the firewall before it."""

import asyncio

import pytest
from allowlist import Allowlist
from scene import GET, scene


class Probe:
    """An accepted connection: who came, and to which address."""

    def __init__(self, came, to="192.0.2.10"):
        self.came, self.to = came, to

    def getpeername(self):
        if self.came is None:
            raise OSError
        return (self.came, 40000)

    def getsockname(self):
        return (self.to, 11434)


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "ollama-api"
    path.write_text("# written\n192.0.2.7\n198.51.100.0/28\n\n2001:db8::7\n")
    return path


@pytest.mark.parametrize("came", ["192.0.2.7", "198.51.100.3", "127.0.0.1"])
def test_those_on_the_list_and_this_host_come_in(listed, came):
    assert Allowlist(str(listed)).allows(Probe(came))


def test_over_ipv6_too(listed):
    assert Allowlist(str(listed)).allows(Probe("2001:db8::7", "2001:db8::10"))
    assert Allowlist(str(listed)).allows(Probe("::1", "::1"))
    assert not Allowlist(str(listed)).allows(Probe("fe80::7%eth0", "fe80::1%eth0"))


def test_this_host_comes_in_by_its_own_address(listed):
    assert Allowlist(str(listed)).allows(Probe("192.0.2.10"))


def test_nobody_else_does(listed):
    assert not Allowlist(str(listed)).allows(Probe("192.0.2.8"))
    assert not Allowlist(str(listed)).allows(Probe(None))


def test_without_a_list_this_host_alone_comes_in(tmp_path):
    allowlist = Allowlist(str(tmp_path / "nothing"))
    assert allowlist.allows(Probe("127.0.0.1"))
    assert not allowlist.allows(Probe("192.0.2.7"))


def test_a_list_that_cannot_be_read_lets_nobody_in(listed):
    allowlist = Allowlist(str(listed))
    assert allowlist.allows(Probe("192.0.2.7"))
    listed.write_text("192.0.2.7\nnot an address\n")
    assert not allowlist.allows(Probe("192.0.2.7"))


def test_a_changed_list_counts_from_the_next_connection(listed):
    allowlist = Allowlist(str(listed))
    assert not allowlist.allows(Probe("192.0.2.8"))
    listed.write_text("192.0.2.8\n")
    assert allowlist.allows(Probe("192.0.2.8"))
    listed.unlink()
    assert not allowlist.allows(Probe("192.0.2.8"))


@scene
async def test_one_who_is_not_let_in_is_told_so_at_once(stage):
    stage.door.allowlist.allows = lambda _: False

    async def ask():
        reader, writer = await stage.probe()
        writer.write(GET)
        await asyncio.wait_for(reader.read(1), 2)

    with pytest.raises(ConnectionError):
        await ask()
    assert stage.service.connections == 0
    assert not stage.door.open_connections
