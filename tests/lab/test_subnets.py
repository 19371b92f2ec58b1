"""The ranges of a lab's network."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import islice
from pathlib import Path

import pytest
from docker.errors import APIError

from llamakeep.errors import Refusal
from llamakeep_lab.name import Name
from llamakeep_lab.network import candidates, ensure, free, routed
from llamakeep_lab.part import roster

ROUTES_V4 = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
ROUTES_V6 = """\
fdaa0000000000000000000000000000 30 00000000000000000000000000000000 00 00000000000000000000000000000000 \
00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 \
ffffffff 00000001 00000000 00200200       lo
"""


def test_a_name_always_leads_to_the_same_ranges():
    assert next(candidates("lab")) == next(candidates("lab"))


def test_two_names_lead_to_different_ranges():
    one, other = next(candidates("lab")), next(candidates("two"))
    assert not one.v4.overlaps(other.v4)
    assert not one.v6.overlaps(other.v6)


def test_ranges_are_private():
    for pair in candidates("lab"):
        assert pair.v4.prefixlen == 24
        assert pair.v4.subnet_of(IPv4Network("10.128.0.0/9"))
        assert pair.v6.prefixlen == 64
        assert pair.v6.subnet_of(IPv6Network("fd00::/8"))


def test_a_taken_range_is_passed_over():
    first, second = islice(candidates("lab"), 2)
    assert next(free("lab", [first.v4])) == second
    assert next(free("lab", [first.v6])) == second
    assert next(free("lab", [ip_network("192.0.2.0/24")])) == first


def test_nothing_is_offered_when_all_is_taken():
    assert list(free("lab", [ip_network("10.0.0.0/8")])) == []


def test_routes_of_this_machine_count_as_taken_but_the_default_one():
    assert list(routed(ROUTES_V4, ROUTES_V6)) == [ip_network("172.17.0.0/16"), ip_network("fdaa::/48")]


def test_a_machine_without_proc_has_no_routes_to_see():
    assert list(routed("", "")) == []


def test_one_more_host_moves_no_address():
    ranges = next(candidates("lab"))
    few = {part.name: ranges.addresses(part.place) for part in roster(1)}
    many = {part.name: ranges.addresses(part.place) for part in roster(200)}
    assert few.items() <= many.items()
    assert len(set(many.values())) == len(many)


class Engine:
    """An engine that has no network and refuses some ranges as another lab's."""

    def __init__(self, *refusals):
        self.refusals, self.asked = list(refusals), []

    @property
    def networks(self):
        return self

    def list(self, **_):
        return []

    def create(self, name, *, ipam, **_):
        self.asked.append(ipam["Config"][0]["Subnet"])
        if self.refusals:
            raise APIError("500", explanation=self.refusals.pop(0))
        return name


def test_a_range_that_another_lab_takes_meanwhile_is_passed_over():
    engine = Engine("Pool overlaps with other one on this address space")
    assert ensure(engine, Name("lab"), Path("/srv")) == "llamakeep-lab"
    assert len(set(engine.asked)) == 2


def test_another_refusal_of_the_engine_is_told_once():
    engine = Engine("plugin not found")
    with pytest.raises(Refusal, match="could not be made: plugin not found"):
        ensure(engine, Name("lab"), Path("/srv"))
    assert len(engine.asked) == 1
