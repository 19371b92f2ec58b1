"""What labs there are on this machine, as the engine and the hosts themselves say."""

from pathlib import Path
from typing import Literal

import docker
from docker.models.containers import Container

from llamakeep.record import Record
from llamakeep_lab import dress, lab, network, part
from llamakeep_lab.name import LABEL_INVENTORY, LABEL_RELEASE, Name


class HostStatus(Record):
    """One host of a lab."""

    name: str
    state: str  # "running", or what else the engine says of it: "created", "exited"
    release: str
    address4: str
    address6: str
    gpu: str  # "rtx-4090", "none": what it plays
    simulated: Literal[True] = True  # no lab host has a GPU of its own
    standin: bool  # whether it is to get the stand-in for Ollama


class LabStatus(Record):
    """One lab, complete or not."""

    name: str
    inventory: str
    complete: bool  # every host runs, and the inventory is written
    hosts: tuple[HostStatus, ...]


def look(client: docker.DockerClient, name: str) -> LabStatus:
    """Return the state of one lab; one that is not there has no hosts."""
    title = Name(name)
    found, net = lab.containers(client, title), network.find(client, title)
    labels = [c.labels for c in found.values()]
    labels += [net.attrs.get("Labels") or {}] if net is not None else []
    folder = next((label[LABEL_INVENTORY] for label in labels if LABEL_INVENTORY in label), "")
    ranges = network.subnets(net) if net is not None else None
    hosts = tuple(_host(name, container, ranges) for name, container in found.items())
    written = (Path(folder) / "hosts.yml").exists() and bool(folder)
    complete = written and all(host.state == "running" for host in hosts) and _whole(hosts)
    return LabStatus(name=title.text, inventory=folder, complete=complete, hosts=hosts)


def every(client: docker.DockerClient) -> list[LabStatus]:
    """Return the state of every lab."""
    return [look(client, name) for name in lab.names(client)]


def _whole(hosts: tuple[HostStatus, ...]) -> bool:
    return {p.name for p in part.roster(1)} <= {host.name for host in hosts}


def _host(name: str, container: Container, ranges: network.Subnets | None) -> HostStatus:
    place = next((p.place for p in part.roster(part.MOST_LLM_HOSTS, front=True) if p.name == name), None)
    v4, v6 = ranges.addresses(place) if ranges and place else ("", "")
    said = dress.seen(container)
    return HostStatus(
        name=name,
        state=container.status,
        release=str(container.labels.get(LABEL_RELEASE, "")),
        address4=v4,
        address6=v6,
        gpu=str(said.get("gpu", "none")),
        standin=bool(said.get("standin", False)),
    )
