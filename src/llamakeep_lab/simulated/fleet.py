"""A simulated fleet on this machine's loopback: its inventory as a user would write it, and its server."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from llamakeep.lock import file as lockfile
from llamakeep.lock.lock import Lock, LockedModel
from llamakeep_lab import keys
from llamakeep_lab.simulated.answers import recorded
from llamakeep_lab.simulated.fault import Fault

_WEIGHTS = 4_113_289_152  # bytes
_MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "config": {"digest": f"sha256:{sha256(b'config').hexdigest()}", "size": 483},
        "layers": [
            {
                "mediaType": "application/vnd.ollama.image.model",
                "digest": f"sha256:{sha256(b'weights').hexdigest()}",
                "size": _WEIGHTS,
            }
        ],
    }
)
_CONNECTION = """\
---
ansible_user: root
ansible_ssh_private_key_file: "{{ inventory_dir }}/.ssh/id_ed25519"
ansible_ssh_common_args: >-
  -o UserKnownHostsFile={{ inventory_dir }}/.ssh/known_hosts -o StrictHostKeyChecking=yes
"""
_LLM_HOSTS = """\
---
ollama_models_names: [mistral:7b]
"""


@dataclass(frozen=True)
class SimulatedFleet:
    """A fleet that answers."""

    inventory: Path  # a folder
    addresses: Mapping[str, str]  # host -> 127.…
    port: int
    server: int  # pid


@contextmanager
def raised(
    folder: Path, hosts: int, faults: Mapping[int, Fault] | None = None, *, hashed: bool = False
) -> Iterator[SimulatedFleet]:
    """Have so many hosts on loopback while the block runs; `faults` says which of them fail, by number from 1.

    With `hashed`, known_hosts names no host, as Debian's ssh writes it.
    """
    wrong = faults or {}
    listener, closed = _socket(listening=True), _socket(listening=False)
    with listener, closed:
        port = listener.getsockname()[1]
        named = {f"gpu{number:04d}": _address(number) for number in range(1, hosts + 1)}
        refusing = {name for number, name in enumerate(named, 1) if wrong.get(number) is Fault.REFUSES}
        ports = {name: closed.getsockname()[1] if name in refusing else port for name in named}
        _write(folder, named, ports, hashed=hashed)
        request = {
            "socket": listener.fileno(),
            "host_key": str(folder / ".ssh" / "host"),
            "impostor_key": str(folder / ".ssh" / "impostor"),
            "authorized_keys": str(folder / ".ssh" / "id_ed25519.pub"),
            "hosts": {
                address: {"name": name, "fault": wrong.get(number, Fault.NONE), "answer": number % len(recorded())}
                for number, (name, address) in enumerate(named.items(), 1)
            },
            "answers": recorded(),
        }
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "llamakeep_lab.simulated.server"],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            text=True,
        )
        try:
            if server.stdin is not None:
                json.dump(request, server.stdin)
                server.stdin.close()
            yield SimulatedFleet(folder, named, port, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)


def _address(number: int) -> str:
    """Return the loopback address of a host.

    >>> _address(300)
    '127.66.1.44'
    """
    return f"127.66.{number // 256}.{number % 256}"


def _socket(*, listening: bool) -> socket.socket:
    """Return a socket on every address of the loopback interface and of no other."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    made.bind(("0.0.0.0", 0))  # noqa: S104 - bound to lo above
    if listening:
        made.listen(4096)
    return made


def _write(folder: Path, named: dict[str, str], ports: dict[str, int], *, hashed: bool) -> None:
    """Write inventory, lock, keys and known_hosts."""
    ssh = folder / ".ssh"
    keys.operator(ssh, "operator")
    host = keys.make("host")
    for name, pair in (("host", host), ("impostor", keys.make("impostor"))):
        (ssh / name).touch(mode=0o600)
        (ssh / name).write_bytes(pair.private)
    known = keys.known_hosts(((address,), ports[name], host.public) for name, address in named.items())
    (ssh / "known_hosts").write_text(known, encoding="ascii")
    if hashed:
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", ssh / "known_hosts"], check=True, capture_output=True)
    for group, text in (("all", _CONNECTION), ("llm_hosts", _LLM_HOSTS)):
        (folder / "group_vars").mkdir(exist_ok=True)
        (folder / "group_vars" / f"{group}.yml").write_text(text, encoding="utf-8")
    variables = {name: {"ansible_host": named[name], "ansible_port": ports[name]} for name in named}
    (folder / "hosts.yml").write_text(
        "---\n" + yaml.safe_dump({"llm_hosts": {"hosts": variables}}, default_flow_style=None), encoding="utf-8"
    )
    model = LockedModel(
        name="mistral:7b",
        registry="https://registry.example",
        path="library/mistral",
        digest=sha256(_MANIFEST.encode()).hexdigest(),
        size=_WEIGHTS + 483,
        manifest=_MANIFEST,
    )
    lockfile.write(folder / lockfile.NAME, Lock(models={model.name: model}))
