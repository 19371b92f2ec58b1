"""Bringing a lab up: every step finds what an earlier run left and goes on from there."""

import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import docker
from docker.models.containers import Container
from docker.models.networks import Network

from llamakeep.errors import Refusal
from llamakeep_lab import (
    boot,
    cache,
    dress,
    engine,
    gpu,
    image,
    inventory,
    keys,
    lab,
    network,
    part,
    patience,
    release,
    upstream,
    wheels,
)
from llamakeep_lab.debian import RELEASES
from llamakeep_lab.lab import Lab
from llamakeep_lab.machine import Machine, pack
from llamakeep_lab.name import DEFAULT, LABEL_INVENTORY, LABEL_SPEC, Name

MODELS = ("smollm2:135m", "llama2:latest")


def up(
    name: str = DEFAULT,
    *,
    llm: int = 2,
    debian: str = RELEASES[0],
    gpus: Sequence[str] = (),
    bare: bool = False,
    archive: Path | None = None,
    version: str | None = None,
    standin: bool = False,
    front: bool = False,
    origins: Mapping[str, str] = MappingProxyType({}),
    base: Path = Path("inventories"),
    say: Callable[[str], None] = lambda _: None,
) -> Lab:
    """Bring a lab up, or what is missing of it, and return it when every host answers.

    `bare`: llm hosts have nothing but Python. `archive` and `version`: a real Ollama; without one the pinned
    release is taken where it can be reached, unless `standin`. `front`: a chat for people and a gateway, too.
    `origins`: host -> id of the image that it starts from, one made of such a host. `say` is told each step.
    """
    title, parts = Name(name), part.roster(llm, front=front)
    image.check(debian)
    cards = dict(zip((p.name for p in parts), gpu.assigned(gpus, llm), strict=False))
    client = engine.connect()
    folder = title.inventory(base).absolute()
    with cache.alone(f"lab-{title.text}", say):
        _refuse_other_owner(client, title, folder)
        inventory.refuse(folder)
        on = release.platform(str(client.info()["Architecture"]))
        images = {flag: image.ensure(client, debian, bare=flag, say=say) for flag in {False, bare}}
        releases = release.choose(on, archive, version, standin=standin, say=say)
        packages = wheels.ensure(debian, on, say) if front else None
        # From here on there is something to take down: the network first, for its label leads to the rest.
        net = network.ensure(client, title, folder)
        inventory.claim(folder)
        raising = _Raising(
            client=client,
            title=title,
            debian=debian,
            folder=folder,
            images={each.name: images[bare and each.is_llm] for each in parts} | dict(origins),
            kept=frozenset(origins),
            cards=cards,
            serving=upstream.prepare(title, releases, say, packages),
            operator=keys.operator(folder / inventory.KEYS, f"llamakeep-{title.text}"),
            net=net,
            left=lab.containers(client, title),
            say=say,
        )
        say(f"lab {title.text}: {len(parts)} hosts on {raising.ranges.v4} and {raising.ranges.v6}")
        lab.at_once(_remove, [c for host, c in raising.left.items() if host not in raising.images])
        machines = {machine.name: machine for machine in lab.at_once(raising.host, parts)}
        _wait_for_registry(machines[part.REGISTRY.name])
        named = {each.name for each, _ in zip(parts, gpus, strict=False)}
        _write(folder, list(machines.values()), raising.serving, named)
    return Lab(title, folder, machines)


@dataclass(frozen=True)
class _Raising:
    """What every host of a lab is made from, and what an earlier run left of them."""

    client: docker.DockerClient
    title: Name
    debian: str
    folder: Path
    images: Mapping[str, str]  # host -> id
    kept: Collection[str]  # the hosts whose image was made of a host, with its keys
    cards: Mapping[str, str]  # host -> GPU; none for a host that is not named
    serving: upstream.Serving
    operator: keys.KeyPair
    net: Network
    left: Mapping[str, Container]
    say: Callable[[str], None]

    @cached_property
    def ranges(self) -> network.Subnets:
        """The network's two ranges."""
        return network.subnets(self.net)

    @cached_property
    def cgroup(self) -> int:
        """Version of the engine's cgroups."""
        return engine.cgroup_version(self.client)

    def host(self, who: part.Part) -> Machine:
        """Return one host when it has booted: the one that is there, or a new one."""
        own = upstream.files() if who == part.REGISTRY else {}
        spec = boot.Spec(
            lab=self.title,
            part=who,
            image=self.images[who.name],
            release=self.debian,
            network=str(self.net.id),
            addresses=self.ranges.addresses(who.place),
            mounts=self.serving.mounts if who == part.REGISTRY else {},
            inventory=self.folder,
            cgroup=self.cgroup,
            content=upstream.digest(own),
        )
        container = self._kept(spec)
        if container is None:
            container = boot.create(self.client, spec)
            proof = {} if who.name in self.kept else dress.host_key(keys.make(f"{who.name}.{self.title.text}"))
            container.put_archive("/", pack({**own, **proof}))
        machine = lab.machine(container, who, spec.addresses)
        card = self.cards.get(who.name, gpu.NONE)
        machine.put_all(dress.files(self.title, card, self.operator, standin=self.serving.standin))
        container.start()
        machine.wait()
        dress.undress(machine, card)
        return machine

    def _kept(self, spec: boot.Spec) -> Container | None:
        """Return the host's container where it is one that has booted and is made from the same."""
        left = self.left.get(spec.part.name)
        if left is None:
            return None
        same = left.labels.get(LABEL_SPEC) == spec.digest
        # "created": an earlier run was stopped before the host had all that it needs to boot.
        if same and left.status != "created":
            return left
        if not same:
            self.say(f"{spec.part.name}: made anew, for it is to be made from something else now")
        _remove(left)
        return None


def _remove(container: Container) -> None:
    container.remove(force=True, v=True)


def _refuse_other_owner(client: docker.DockerClient, title: Name, folder: Path) -> None:
    """Two checkouts may not share a lab: each would write the other's keys out of it."""
    net = network.find(client, title)
    labels = [container.labels for container in lab.containers(client, title).values()]
    labels += [net.attrs.get("Labels") or {}] if net is not None else []
    for place in {Path(each.get(LABEL_INVENTORY, str(folder))) for each in labels} - {folder}:
        if (place / inventory.MARKER).exists():
            raise Refusal(
                f"lab {title.text}",
                f"is up already and belongs to {place}",
                id="lab-of-another-owner",
                remedy="--name NAME for a lab of your own, or llamakeep lab down first",
            )


def _wait_for_registry(machine: Machine) -> None:
    deadline = time.monotonic() + patience.START
    while True:
        try:
            with socket.create_connection((machine.address4, upstream.PORT), timeout=2):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                log = machine.exec(["journalctl", "--no-pager", "-n", "10", "-u", upstream.UNIT], check=False)
                raise Refusal(
                    f"{machine.name}: {machine.address4} port {upstream.PORT}",
                    f"the lab's registry does not answer: {error}\n{log.stdout}",
                    id="lab-registry-not-answering",
                ) from error
        time.sleep(0.1)


def _write(folder: Path, machines: Sequence[Machine], serving: upstream.Serving, named: Collection[str]) -> None:
    """Write the inventory; `named` are the hosts of which it was said what GPU they play, be it none."""
    place = f"http://{next(m.address4 for m in machines if m.part == part.REGISTRY)}:{upstream.PORT}"
    entries = [
        inventory.Entry(m.name, m.part.group, m.address4, m.address6, m.part.is_llm and m.name not in named)
        for m in machines
    ]
    pinned = [((m.address4, m.address6), 22, m.read(f"{dress.HOST_KEY}.pub") or b"") for m in machines]
    texts = inventory.render(entries, serving.releases[0].version, MODELS, place)
    inventory.write(folder, texts, serving.lock(place), keys.known_hosts(pinned))
