"""Taking a lab down: whatever the engine has under its label goes, and the folder that belongs to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from llamakeep.errors import Refusal
from llamakeep_lab import cache, engine, inventory, lab, network, patience, upstream
from llamakeep_lab.name import DEFAULT, LABEL_INVENTORY, Name


@dataclass(frozen=True)
class Removed:
    """What was there and is gone."""

    hosts: tuple[str, ...]
    network: bool
    inventory: Path | None

    def __bool__(self) -> bool:
        return bool(self.hosts or self.network or self.inventory)


def down(
    name: str = DEFAULT, *, base: Path = Path("inventories"), say: Callable[[str], None] = lambda _: None
) -> Removed:
    """Remove a lab, complete or not; what is not there is no error."""
    title, client = Name(name), engine.connect()
    with cache.alone(f"lab-{title.text}", say):
        found = lab.containers(client, title)
        net = network.find(client, title)
        owned = {Path(c.labels[LABEL_INVENTORY]) for c in found.values() if LABEL_INVENTORY in c.labels}
        lab.at_once(_remove, found.values())
        _wait_until_gone(client, title)
        if net is not None:
            labels = net.attrs.get("Labels") or {}
            owned |= {Path(labels[LABEL_INVENTORY])} if LABEL_INVENTORY in labels else set()
            _remove_network(client, title)
        owned.add(title.inventory(base).absolute())
        folders = [folder for folder in sorted(owned) if inventory.remove(folder)]
        upstream.forget(title)
    return Removed(tuple(found), net is not None, folders[0] if folders else None)


def _remove(container: Container) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if "in progress" not in str(error):
            raise


def _wait_until_gone(client: docker.DockerClient, title: Name) -> None:
    deadline = time.monotonic() + patience.GONE
    while lab.containers(client, title):
        if time.monotonic() > deadline:
            raise Refusal(
                f"lab {title.text}",
                f"{', '.join(lab.containers(client, title))} cannot be removed",
                id="container-not-removed",
                remedy="restart the Docker engine, then llamakeep lab down again",
            )
        time.sleep(0.2)


def _remove_network(client: docker.DockerClient, title: Name) -> None:
    try:
        client.networks.get(title.network).remove()
    except NotFound:
        return
    except APIError as error:
        raise Refusal(
            f"network {title.network}",
            f"cannot be removed: {error.explanation}",
            id="network-not-removed",
            remedy=f"docker network inspect {title.network} names what else is attached to it: take that off",
        ) from error
