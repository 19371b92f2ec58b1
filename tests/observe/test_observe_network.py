"""Addresses, and who filters packets."""

import pytest
from hosts_said import said

from llamakeep.observe.facts.network import NetworkFact
from llamakeep.observe.seen import Network


def seen(case: str) -> Network:
    return NetworkFact().parse(said("network", case))


def test_a_converged_host() -> None:
    assert seen("lab-host") == Network(
        addresses=("10.160.145.11", "fdd1:9f01:3cc3::b"), firewalls=(), tables=("ip nat", "inet llamakeep")
    )


def test_debian_12() -> None:
    assert seen("debian-12") == Network(addresses=("10.198.38.11", "fd3e:a1d1:3f54::b"), tables=("ip nat",))


def test_bridges_for_guests_and_addresses_out_of_use_are_left_out() -> None:
    network = seen("ufw-docker-tailscale")
    assert network.addresses == ("100.64.0.5", "192.0.2.7", "2001:db8::7")
    assert network.firewalls == ("docker", "tailscale", "ufw")
    assert network.tables == ("ip filter", "ip nat", "ip6 filter")


@pytest.mark.parametrize(
    ("case", "managers"),
    [
        ("ufw-left-behind", ("iptables",)),
        ("firewalld-and-docker-29", ("docker", "firewalld", "libvirt", "podman")),
        ("legacy-and-nftables-service", ("iptables-legacy", "nftables")),
    ],
)
def test_managers_are_known_by_what_they_make(case: str, managers: tuple[str, ...]) -> None:
    assert seen(case).firewalls == managers


def test_tables_that_only_root_may_see_are_not_known() -> None:
    network = seen("not-root")
    assert (network.firewalls, network.tables) == (("docker", "ufw"), None)


def test_the_kernel_is_asked_where_there_is_no_ip() -> None:
    assert seen("no-ip-program") == Network(addresses=("10.160.145.12", "fdd1:9f01:3cc3::c"), tables=None)


def test_macos() -> None:
    assert seen("macos") == Network(
        addresses=("192.0.2.20", "2001:db8::20"), firewalls=("application firewall", "pf"), tables=None
    )
