"""What the lab puts on a host so that it can be reached, says what it is, and plays its GPU."""

import json
from pathlib import Path

from docker.models.containers import Container

from llamakeep_lab import gpu, hardware
from llamakeep_lab.keys import KeyPair
from llamakeep_lab.machine import File, Machine, read
from llamakeep_lab.name import Name

IDENTITY = "/etc/llamakeep-lab.json"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
_NVIDIA_SMI = "/usr/bin/nvidia-smi"
_PLAYED = "/usr/lib/llamakeep-lab/gpu.json"


def identity(lab: Name, spec: str, *, standin: bool) -> dict[str, object]:
    """Return what a host says of itself: that it is none, what GPU it plays, and whose Ollama it gets.

    >>> {"lab": "lab", "gpu": "rtx-4090", "standin": True}
    """
    return {"lab": lab.text, "gpu": spec, "standin": standin}


def files(lab: Name, spec: str, operator: KeyPair, *, standin: bool) -> dict[str, File]:
    """Return the files that every host gets, new or kept."""
    played = gpu.played(spec)
    program = Path(__file__).parent / "files" / "nvidia_smi.py"
    return {
        "/root/.ssh/": File(b"", 0o700),
        "/root/.ssh/authorized_keys": File(operator.public, 0o600),
        IDENTITY: File(json.dumps(identity(lab, spec, standin=standin)).encode() + b"\n"),
        "/usr/lib/llamakeep-lab/": File(b"", 0o755),
        _PLAYED: File(json.dumps(played, indent=1).encode()),
        **hardware.files(spec),
        **({_NVIDIA_SMI: File(program.read_bytes(), 0o755)} if played else {}),
    }


def host_key(pair: KeyPair) -> dict[str, File]:
    """Return the files by which sshd of a new host proves who it is."""
    return {HOST_KEY: File(pair.private, 0o600), f"{HOST_KEY}.pub": File(pair.public)}


def undress(machine: Machine, spec: str) -> None:
    """Take nvidia-smi away from a kept host that no longer plays a GPU."""
    if not gpu.played(spec):
        machine.exec(["rm", "-f", _NVIDIA_SMI])


def seen(container: Container) -> dict[str, object]:
    """Return the identity that a host has now; empty where it has none."""
    content = read(container, IDENTITY)
    return {} if content is None else dict(json.loads(content))
