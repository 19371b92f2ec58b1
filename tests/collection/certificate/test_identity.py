"""The name on a host's certificate: its own where it can be, else one of which there is no other."""

import re

import pytest
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.identity import LONGEST, identity
from hypothesis import given
from hypothesis import strategies as st

ODD = [
    "gpu 1",
    "gpu\t1",
    "gpu-1 ",
    "künstlich",
    "kunstlich\u0301",
    "x" * (LONGEST + 1),
    "x" * 200,
    "a/b",
    "*",
    "",
    "#x",
]


@pytest.mark.parametrize("host", ["gpu01", "gpu01.example.org", "GPU_1", "192.0.2.11", "2001:db8::11", "x" * 63])
def test_a_name_that_a_certificate_can_bear_stays(host):
    assert identity(host) == host


@pytest.mark.parametrize("host", ODD)
def test_an_odd_name_becomes_one_that_it_can_bear(host):
    found = identity(host)
    assert re.fullmatch(r"[A-Za-z0-9._-]*~[0-9a-f]{16}", found)
    assert len(found) <= LONGEST
    assert identity(host) == found


def test_no_two_odd_names_share_one():
    assert len({identity(host) for host in ODD}) == len(ODD)
    assert identity("x" * 70 + "1") != identity("x" * 70 + "2")


@given(st.lists(st.text(max_size=100), unique=True, max_size=20))
def test_no_two_hosts_share_a_name(hosts):
    assert len({identity(host) for host in hosts}) == len(hosts)


@given(st.text(max_size=100))
def test_what_a_name_became_is_no_name_of_another_host(host):
    found = identity(host)
    if found != host:
        assert identity(found) != found


@pytest.mark.parametrize("host", ["x" * 63, "x" * 64, "x" * 65, "gpu 1", "ü" * 80, "192.0.2.11", "2001:db8::11"])
def test_every_client_can_ask_for_it(host):
    """Python's own takes a name by IDNA: no part of it may have more than 63 characters."""
    assert identity(host).encode("idna")
