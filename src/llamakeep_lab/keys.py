"""The ssh keys of a lab: one for its operator, one for each host, and the list that pins the latter."""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from llamakeep.errors import Refusal


@dataclass(frozen=True)
class KeyPair:
    """An ed25519 key in OpenSSH's own form."""

    private: bytes
    public: bytes  # b"ssh-ed25519 AAAA… comment\n"


def make(comment: str) -> KeyPair:
    """Make a key that needs no passphrase."""
    program = shutil.which("ssh-keygen")
    if program is None or shutil.which("ssh") is None:
        raise Refusal(
            "ssh",
            "the OpenSSH client is not installed, or not in PATH",
            id="ssh-client-missing",
            expected="ssh and ssh-keygen: Ansible and the lab speak to hosts by them",
            remedy="apt install openssh-client",
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        subprocess.run(
            [program, "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], check=True, timeout=60
        )
        return KeyPair(path.read_bytes(), path.with_suffix(".pub").read_bytes())


def operator(folder: Path, comment: str) -> KeyPair:
    """Return the operator's key of a lab, made on the first call and kept in `folder`."""
    private, public = folder / "id_ed25519", folder / "id_ed25519.pub"
    if not (private.is_file() and public.is_file()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pair = make(comment)
        private.touch(mode=0o600)
        private.write_bytes(pair.private)
        public.write_bytes(pair.public)
    return KeyPair(private.read_bytes(), public.read_bytes())


def known_hosts(hosts: Iterable[tuple[tuple[str, ...], int, bytes]]) -> str:
    """Return a known_hosts file from (addresses, port, public key) of each host.

    >>> "10.163.87.11,fd2c::b ssh-ed25519 AAAA…"
    """
    lines = []
    for addresses, port, public in hosts:
        kind, key = public.decode("ascii").split()[:2]
        names = ",".join(a if port == 22 else f"[{a}]:{port}" for a in addresses)
        lines.append(f"{names} {kind} {key}\n")
    return "".join(lines)
