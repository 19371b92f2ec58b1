"""A lab as it is now, kept in images, so that the next one of its name begins there and not with a plain Debian.

On this machine lie, for each lab that was kept: one image a host, `llamakeep-lab-snapshot:<lab>-<host>`, and a copy of
its inventory in `~/.cache/llamakeep/snapshots/<lab>`. A lab has one snapshot at a time: another key replaces it.
`python -m llamakeep_lab.snapshot` removes them all.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker
from ansible_collections.llamakeep.fleet.plugins.plugin_utils import kit
from docker.errors import APIError
from docker.models.images import Image

from llamakeep.errors import Refusal
from llamakeep_lab import cache, engine, lab, raising, razing
from llamakeep_lab.lab import Lab
from llamakeep_lab.machine import Machine
from llamakeep_lab.name import Name

REPOSITORY = "llamakeep-lab-snapshot"
LABEL = "io.llamakeep.lab.snapshot"  # the lab's name
LABEL_KEY = "io.llamakeep.lab.snapshot.key"
LABEL_HOST = "io.llamakeep.lab.snapshot.host"
LABEL_ADDRESSES = "io.llamakeep.lab.snapshot.addresses"


def key(name: str, **raised: Any) -> str:
    """Return by what a converged lab is known: what a host gets, how the lab is made, and how this one was raised.

    >>> key("test", front=True)
    '5d0c2b9f1a37e840'
    """
    made = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        made.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    values = [kit.version(), made.hexdigest(), name, raised]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def save(kept: Lab, key: str) -> None:
    """Keep every host of a lab and its inventory; what was kept of it before is gone."""
    client, name = engine.connect(), kept.name.text
    forget(client, name)
    lab.at_once(lambda machine: _commit(machine, name, key), kept.machines.values())
    shutil.copytree(kept.inventory, _folder(name))


def load(
    name: str, key: str, *, base: Path = Path("inventories"), say: Callable[[str], None] = lambda _: None, **raised: Any
) -> Lab | None:
    """Raise a lab from what was kept of it under this key, in the place of one that is up; None where that cannot be.

    `raised` is what `raising.up` was told when the kept lab was raised.
    """
    client = engine.connect()
    images = {str(image.labels[LABEL_HOST]): image for image in _images(client, name)}
    folder = Name(name).inventory(base).absolute()
    if not images or any(image.labels[LABEL_KEY] != key for image in images.values()) or not _folder(name).is_dir():
        return None
    razing.down(name, base=base, say=say)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_folder(name), folder)
    origins = {host: str(image.id) for host, image in images.items()}
    begun = raising.up(name, base=base, say=say, origins=origins, **raised)
    # What was converged names its neighbours by address: on another network it would be somebody else's fleet.
    if {host: _addresses(machine) for host, machine in begun.machines.items()} != {
        host: image.labels[LABEL_ADDRESSES] for host, image in images.items()
    }:
        razing.down(name, base=base, say=say)
        return None
    return begun


def forget(client: docker.DockerClient, name: str | None = None) -> list[str]:
    """Remove what is kept of one lab, or of all, and return the images' names."""
    gone = [tag for image in _images(client, name) for tag in image.tags]
    for tag in gone:
        with suppress(APIError):  # a lab that is up stands on it: the next one to be saved takes its name
            client.images.remove(tag)
    shutil.rmtree(_folder(name) if name else cache.folder("snapshots"), ignore_errors=True)
    return gone


def _commit(machine: Machine, name: str, key: str) -> None:
    labels = {LABEL: name, LABEL_KEY: key, LABEL_HOST: machine.name, LABEL_ADDRESSES: _addresses(machine)}
    machine.exec(["sync"])
    machine.container.commit(
        repository=REPOSITORY,
        tag=f"{name}-{machine.name}",
        changes=[f'LABEL {each}="{labels[each]}"' for each in labels],
    )


def _addresses(machine: Machine) -> str:
    return f"{machine.address4} {machine.address6}"


def _images(client: docker.DockerClient, name: str | None) -> list[Image]:
    found: list[Image] = client.images.list(filters={"label": LABEL if name is None else f"{LABEL}={name}"})
    return found


def _folder(name: str) -> Path:
    return cache.folder("snapshots") / name


def main() -> int:
    """Remove every snapshot of this machine."""
    try:
        for tag in forget(engine.connect()):
            print(f"removed {tag}")  # noqa: T201 - a program of its own
    except Refusal as refusal:
        print(f"lab: {refusal}", file=sys.stderr)  # noqa: T201 - the end of a program
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
