"""Who filters packets, known by the tables and chains that each makes."""

import re
from collections.abc import Mapping, Sequence

# Chains in tables that several managers share; asked for by name, as a host may have ten thousand others.
_BY_CHAIN = {
    "INPUT": "iptables",
    "ufw-user-input": "",  # stays behind where ufw is off: its own file decides
    "DOCKER": "docker",
    "DOCKER-USER": "docker",
    "NETAVARK_FORWARD": "podman",
    "NETAVARK-FORWARD": "podman",
    "LIBVIRT_INP": "libvirt",
    "ts-input": "tailscale",
    "KUBE-FIREWALL": "kubernetes",
    "KUBE-IPTABLES-HINT": "kubernetes",
    "KUBE-SERVICES": "kubernetes",
    "cali-INPUT": "calico",
    "nixos-fw": "nixos",
    "f2b-chain": "fail2ban",
}
CHAINS = tuple(_BY_CHAIN)

_BY_TABLE = (
    (r"\w+ firewalld", "firewalld"),
    (r"ip6? docker-bridges", "docker"),
    (r"\w+ netavark", "podman"),
    (r"ip6? libvirt_network", "libvirt"),
    (r"\w+ kube-proxy", "kubernetes"),
    (r"\w+ f2b-table", "fail2ban"),
    (r"ip crowdsec|ip6 crowdsec6", "crowdsec"),
    (r"\w+ nixos-fw", "nixos"),
    (r"inet filter", "nftables"),
)

_BY_INTERFACE = {"docker0": "docker", "virbr0": "libvirt", "tailscale0": "tailscale", "kube-ipvs0": "kubernetes"}


def managers(said: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return who is at work; plain iptables is named only where no manager that uses it is.

    >>> managers({"table": ["ip filter", "inet llamakeep"], "chain": ["INPUT", "DOCKER-USER"], "at-work": ["ufw"]})
    ('docker', 'ufw')
    """
    found = set(said.get("at-work", ()))
    found |= {_BY_CHAIN.get(chain, "") for chain in said.get("chain", ())}
    found |= {name for table in said.get("table", ()) for pattern, name in _BY_TABLE if re.fullmatch(pattern, table)}
    found |= {_BY_INTERFACE.get(interface, "") for interface in said.get("interface", ())}
    if found & {"ufw", "docker", "podman", "libvirt", "tailscale", "kubernetes", "calico", "nixos"}:
        found.discard("iptables")
    return tuple(sorted(found - {""}))
