"""A host as we want it and as it is, for the tests of the plan."""

import hashlib
from typing import Any

from facts import facts
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.door import Door
from llamakeep.inventory.fingerprint import fingerprint
from llamakeep.inventory.fleet import Host
from llamakeep.lock.lock import Archive, LockedModel
from llamakeep.observe.seen import HostFacts, Listener, Receipt, SeenModel, SeenUnit, Space, System
from llamakeep.services.firewall.wanted import WantedFirewall
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from tables import services

KIT = "0.1.0+3f9c2a7b61de"
GIB = 1024**3
STORE = "/usr/share/ollama/.ollama/models"
SALT = "00ff"


def hexed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def model(name: str, *blobs: tuple[str, int]) -> LockedModel:
    layers = ",".join(f'{{"digest":"sha256:{hexed(blob)}","size":{size}}}' for blob, size in blobs)
    manifest = f'{{"config":{{"digest":"sha256:{hexed(name)}","size":10}},"layers":[{layers}]}}'
    return LockedModel(
        name=name,
        registry="http://registry1:5000",
        path="library/x",
        digest=hexed(manifest),
        size=10 + sum(size for _, size in blobs),
        manifest=manifest,
    )


MISTRAL = model("mistral:7b", ("weights", 4 * GIB), ("template", 100))
ARCHIVE = Archive(url="http://registry1:5000/archives/ollama.tar.zst", sha256="ab" * 32, size=GIB)


def host(*models: LockedModel, **changed: Any) -> Host:
    inputs: dict[str, Any] = {
        "ollama_version": "0.34.4",
        "ollama_context_length": 8192,
        "ollama_api_port": 11434,
        "ollama_models_names": [one.name for one in models],
        "ollama_models_sources": [],
        "lock:ollama": {"linux-amd64": ARCHIVE.model_dump()},
        **{f"lock:model:{one.name}": one.digest for one in models},
        **changed,
    }
    return Host(
        name="gpu03",
        groups=("llm_hosts",),
        connection=Connection(kind="ssh", address="192.0.2.3", user="ops"),
        inputs=inputs,
        places={
            "ollama_version": "group_vars/llm_hosts.yml:4",
            "ollama_models_names": "group_vars/llm_hosts.yml:5",
        },
        services=services(
            firewall=WantedFirewall(),
            ollama=WantedOllama(
                version=inputs["ollama_version"],
                archives={"linux-amd64": ARCHIVE},
                store=STORE,
                sealed=True,
                door=Door(name="ollama-api", into="ollama.service", port=11434, at=("127.0.0.1",)),
                context_length=inputs["ollama_context_length"],
            ),
            ollama_models=WantedModels(models=models, sources=tuple(inputs["ollama_models_sources"])),
        ),
    )


def system(**changed: Any) -> System:
    found: dict[str, Any] = {
        "os": "debian",
        "os_version": "13",
        "os_name": "Debian GNU/Linux 13 (trixie)",
        "architecture": "amd64",
        "kernel": "6.12.48",
        "init": "systemd 257",
        "cpus": 16,
        "memory": 64 * GIB,
        "python": "3.13.5",
        "root": "sudo",
    }
    return System(**{**found, **changed})


def room(free: int = 100 * GIB) -> tuple[Space, ...]:
    paths = (STORE, "/opt/llamakeep/ollama", "/opt/llamakeep/open_webui", "/var/cache/llamakeep")
    return tuple(Space(asked=path, path="/", disk="1", free=free, inodes=1000) for path in paths)


def bare(**changed: Any) -> HostFacts:
    return facts("gpu03", **{"system": system(), "space": room(), **changed})


def converged(wanted: Host, **changed: Any) -> HostFacts:
    """What a host is right after a converge."""
    kept = [
        {
            "name": one.name,
            "digest": one.digest,
            "blobs": [{"digest": hexed(one.name), "size": 10}, {"digest": hexed("weights"), "size": 4 * GIB}],
        }
        for one in wanted.must_have(WantedModels).models
    ]
    links = [{"path": "/opt/llamakeep/ollama/current", "to": wanted.must_have(WantedOllama).version}]
    receipt = Receipt(
        kit=KIT,
        complete=True,
        salt=SALT,
        inputs={name: fingerprint(SALT, value) for name, value in wanted.inputs.items()},
        managed={"firewall": {}, "ollama": {"links": links}, "ollama_models": {"models": kept}},
    )
    seen = SeenOllama(
        answers=True,
        version=wanted.must_have(WantedOllama).version,
        models=tuple(
            SeenModel(name=one.name, digest=one.digest, size=one.size) for one in wanted.must_have(WantedModels).models
        ),
    )
    service = SeenUnit(unit="ollama.service", active="active", enabled="enabled", pid=812, interfaces=("lo",), routes=0)
    door = SeenUnit(unit="ollama-api.socket", active="active", enabled="enabled", pid=None)
    listener = Listener(address="127.0.0.1", port=11434, program="systemd", pid=1)
    return bare(
        **{
            "receipt": receipt,
            "ollama": seen,
            "units": (service, door),
            "listeners": (listener,),
            **changed,
        }
    )
