"""How a host of the lab is made: the container and the flags with which systemd boots in it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from llamakeep_lab.name import LABEL, LABEL_HOST, LABEL_INVENTORY, LABEL_RELEASE, LABEL_SPEC, Name
from llamakeep_lab.part import BLOBS_ALIAS, REGISTRY, Part


@dataclass(frozen=True)
class Spec:
    """All that a container is made from; another value means another container."""

    lab: Name
    part: Part
    image: str  # id
    release: str
    network: str  # id
    addresses: tuple[str, str]
    mounts: Mapping[str, str]  # folder on this machine -> folder in the host, read-only
    inventory: Path
    cgroup: int  # version of the engine's cgroups
    content: str = ""  # digest of what is put in before the first boot and never changed later

    @property
    def digest(self) -> str:
        """What the container's label holds."""
        values = {**self.__dict__, "lab": self.lab.text, "part": self.part.name, "mounts": dict(self.mounts)}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def aliases(self) -> list[str]:
        """Names by which the other hosts reach it."""
        return [self.part.name, *([BLOBS_ALIAS] if self.part == REGISTRY else [])]


def cgroups(version: int) -> dict[str, Any]:
    """Return how systemd gets to its cgroups: version 1 mounts its own tree, version 2 writes the engine's."""
    mode = "ro" if version == 1 else "rw"
    return {"cgroupns": "host", "volumes": {"/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": mode}}}


def create(client: docker.DockerClient, spec: Spec) -> Container:
    """Make the container and do not start it."""
    flags = cgroups(spec.cgroup)
    flags["volumes"] |= {source: {"bind": target, "mode": "ro"} for source, target in spec.mounts.items()}
    network = client.networks.get(spec.network)
    endpoint = client.api.create_endpoint_config(
        aliases=spec.aliases, ipv4_address=spec.addresses[0], ipv6_address=spec.addresses[1]
    )
    return client.containers.create(
        spec.image,
        name=spec.lab.container(spec.part.name),
        hostname=spec.part.name,
        labels={
            LABEL: spec.lab.text,
            LABEL_HOST: spec.part.name,
            LABEL_RELEASE: spec.release,
            LABEL_SPEC: spec.digest,
            LABEL_INVENTORY: str(spec.inventory),
        },
        # Not privileged: a lab host can neither touch this machine's devices nor its kernel settings.
        cap_add=["SYS_ADMIN", "NET_ADMIN"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
        tmpfs={"/run": "mode=755", "/run/lock": "mode=1777"},
        network=network.name,
        networking_config={str(network.name): endpoint},
        **flags,
    )
