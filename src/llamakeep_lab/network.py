"""The private IPv4 and IPv6 network of one lab."""

import hashlib
import ipaddress
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from llamakeep.errors import Refusal
from llamakeep_lab.name import LABEL, LABEL_INVENTORY, Name

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
_TRIES = 64


@dataclass(frozen=True)
class Subnets:
    """A pair of ranges that belong together."""

    v4: ipaddress.IPv4Network
    v6: ipaddress.IPv6Network

    def addresses(self, place: int) -> tuple[str, str]:
        """Return the IPv4 and IPv6 address of the host at that place."""
        return str(self.v4[place]), str(self.v6[place])


def candidates(name: str) -> Iterator[Subnets]:
    """Yield ranges that follow from the name alone: the first for a given name is always the same.

    >>> Subnets(IPv4Network("10.163.87.0/24"), IPv6Network("fd2c:8e11:90aa::/64"))
    """
    for attempt in range(_TRIES):
        seed = hashlib.sha256(f"{name}:{attempt}".encode()).digest()
        v4 = ipaddress.IPv4Network((bytes((10, 128 + seed[0] % 128, seed[1], 0)), 24))
        v6 = ipaddress.IPv6Network((b"\xfd" + seed[2:7] + bytes(10), 64))
        yield Subnets(v4, v6)


def free(name: str, taken: Iterable[Net]) -> Iterator[Subnets]:
    """Yield the candidates that overlap nothing that is taken."""
    known = tuple(taken)
    for pair in candidates(name):
        if not any(_overlap(pair.v4, net) or _overlap(pair.v6, net) for net in known):
            yield pair


def _overlap(one: Net, other: Net) -> bool:
    return one.version == other.version and one.overlaps(other)


def routed(v4: str, v6: str) -> Iterator[Net]:
    """Yield the ranges that this machine has routes to, from /proc/net/route and /proc/net/ipv6_route."""
    for line in v4.splitlines()[1:]:
        fields = line.split()
        address, mask = (socket.ntohl(int(fields[n], 16)) for n in (1, 7))
        if mask:
            yield ipaddress.IPv4Network((address, mask.bit_count()))
    for line in v6.splitlines():
        fields = line.split()
        length = int(fields[1], 16)
        if length:
            yield ipaddress.IPv6Network((int(fields[0], 16), length), strict=False)


def find(client: docker.DockerClient, name: Name) -> Network | None:
    """Return the lab's network where it exists."""
    found = client.networks.list(filters={"label": f"{LABEL}={name.text}"})
    return found[0] if found else None


def subnets(network: Network) -> Subnets:
    """Return the ranges of a network that exists."""
    pools: list[dict[str, Any]] = network.attrs["IPAM"]["Config"]
    nets = [ipaddress.ip_network(pool["Subnet"]) for pool in pools]
    v4 = next(net for net in nets if isinstance(net, ipaddress.IPv4Network))
    v6 = next(net for net in nets if isinstance(net, ipaddress.IPv6Network))
    return Subnets(v4, v6)


def ensure(client: docker.DockerClient, name: Name, inventory: Path) -> Network:
    """Return the lab's network; make it in the first free pair of ranges where it is missing."""
    existing = find(client, name)
    if existing is not None:
        return existing
    refused = ""
    for pair in free(name.text, _taken(client)):
        try:
            return client.networks.create(
                name.network,
                driver="bridge",
                enable_ipv6=True,
                check_duplicate=True,
                labels={LABEL: name.text, LABEL_INVENTORY: str(inventory)},
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(pair.v4)), IPAMPool(subnet=str(pair.v6))]),
            )
        except APIError as error:
            refused = str(error.explanation or error)
            # Another lab may have taken the range between the look and this call.
            if "overlap" not in refused.lower():
                break
    raise Refusal(
        f"network {name.network}",
        f"could not be made: {refused or 'every range that was tried is taken'}",
        id="network-not-created",
        remedy="docker network ls shows what is there; docker network prune removes what nothing uses",
    )


def _taken(client: docker.DockerClient) -> Iterator[Net]:
    for network in client.networks.list():
        for pool in (network.attrs.get("IPAM") or {}).get("Config") or ():
            if "Subnet" in pool:
                yield ipaddress.ip_network(pool["Subnet"], strict=False)
    tables = (Path("/proc/net/route"), Path("/proc/net/ipv6_route"))
    yield from routed(*(table.read_text(encoding="ascii") if table.exists() else "" for table in tables))
