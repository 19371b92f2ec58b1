"""Hosts of the lab that a test makes into something by roles: how they are reached, converged and asked."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from llamakeep_lab import Lab, Machine, patience
from llamakeep_lab.inventory import KEYS
from llamakeep_lab.machine import File

ROOT = Path(__file__).resolve().parents[1]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Run:
    """What one run of a playbook said."""

    code: int
    text: str

    @property
    def changed(self) -> int:
        """How many tasks changed something on the one host."""
        found = re.search(r"changed=(\d+)", self.text)
        assert found, self.text
        return int(found.group(1))


def connection(lab: Lab) -> dict[str, str]:
    """Return the variables by which Ansible reaches any host of a lab."""
    keys = lab.inventory / KEYS
    return {
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(keys / "id_ed25519"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={keys}/known_hosts -o StrictHostKeyChecking=yes",
    }


def write_play(path: Path, hosts: str, *roles: str) -> None:
    """Write a playbook that gives these roles of the collection to a group."""
    names = [f"llamakeep.fleet.{role}" for role in roles]
    play = {"hosts": hosts, "gather_facts": False, "become": True, "roles": names}
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")


def run(inventory: Path, playbook: Path, *words: str) -> Run:
    """Run a playbook from the checkout."""
    done = subprocess.run(
        [PLAYBOOK, "-i", inventory, playbook, *words],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=patience.PLAYBOOK,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def sh(machine: Machine, script: str, *, check: bool = True) -> str:
    """Run a script on a host, and return what it printed."""
    return machine.exec(["bash", "-c", script], check=check).stdout.strip()


def give_receipt_reader(*machines: Machine) -> None:
    """Put the kit's own reader of receipts on hosts."""
    reader = (ROOT / "plugins" / "module_utils" / "receipt.py").read_bytes()
    for machine in machines:
        machine.put_all({"/root/receipt.py": File(reader)})


def trust(*machines: Machine) -> None:
    """Have hosts trust what this machine trusts: their packages come the same way."""
    for machine in machines:
        machine.put_all({str(TRUSTED): File(TRUSTED.read_bytes())})
