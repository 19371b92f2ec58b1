"""A lab that is up, and the way to it: the engine's labels are the truth, no state is kept elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.models.containers import Container

from llamakeep.errors import Refusal
from llamakeep_lab import dress, engine, network
from llamakeep_lab.keys import KeyPair
from llamakeep_lab.machine import Machine
from llamakeep_lab.name import DEFAULT, LABEL, LABEL_HOST, LABEL_INVENTORY, LABEL_RELEASE, Name
from llamakeep_lab.part import MOST_LLM_HOSTS, Part, roster


@dataclass(frozen=True)
class Lab:
    """A rehearsal fleet on this machine."""

    name: Name
    inventory: Path  # absolute
    machines: Mapping[str, Machine]

    def host(self, name: str) -> Machine:
        """Return one of its hosts."""
        if name not in self.machines:
            raise Refusal(
                f"lab {self.name.text}",
                f"has no host {name}",
                id="lab-host-unknown",
                expected=" ".join(self.machines),
                remedy="--llm N",
            )
        return self.machines[name]

    def simulate(self, host: str, gpu: str) -> None:
        """Let a host play another GPU from now on; it keeps everything else."""
        machine = self.host(host)
        operator = KeyPair(b"", machine.read("/root/.ssh/authorized_keys") or b"")
        standin = bool(dress.seen(machine.container).get("standin"))
        machine.put_all(dress.files(self.name, gpu, operator, standin=standin))
        dress.undress(machine, gpu)


def containers(client: docker.DockerClient, name: Name) -> dict[str, Container]:
    """Return every container of a lab by the host that it plays, running or not."""
    found = client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL}={name.text}"})
    order = [part.name for part in roster(MOST_LLM_HOSTS, front=True)]
    return dict(
        sorted(
            ((str(c.labels.get(LABEL_HOST, c.name)), c) for c in found),
            key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order),
        )
    )


def machine(container: Container, part: Part, addresses: tuple[str, str]) -> Machine:
    """Return the host that a container is."""
    return Machine(part, container, *addresses, release=str(container.labels.get(LABEL_RELEASE, "")))


def attach(name: str = DEFAULT) -> Lab:
    """Return a lab that is up, whoever brought it up."""
    lab, client = Name(name), engine.connect()
    net, found = network.find(client, lab), containers(client, lab)
    if net is None or not found:
        others = ", ".join(names(client))
        raise Refusal(
            f"lab {name}",
            "is not up" + (f"; these are: {others}" if others else ""),
            id="lab-not-up",
            remedy="llamakeep lab up" + ("" if name == DEFAULT else f" --name {name}"),
        )
    ranges = network.subnets(net)
    parts = {part.name: part for part in roster(MOST_LLM_HOSTS, front=True)}
    machines = {
        host: machine(container, parts[host], ranges.addresses(parts[host].place))
        for host, container in found.items()
        if host in parts
    }
    inventory = next(iter(found.values())).labels.get(LABEL_INVENTORY, "")
    return Lab(lab, Path(inventory), machines)


def names(client: docker.DockerClient) -> list[str]:
    """Return the names of all labs of which the engine has anything left."""
    labelled = [
        *(c.labels for c in client.containers.list(all=True, ignore_removed=True, filters={"label": LABEL})),
        *((n.attrs.get("Labels") or {}) for n in client.networks.list(filters={"label": LABEL})),
    ]
    return sorted({labels[LABEL] for labels in labelled if LABEL in labels})


def at_once[T, R](work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Do the same to several hosts at a time; the first thing that goes wrong is raised when all are done."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(work, items))
