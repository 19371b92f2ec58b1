"""A lab host that no other test converges, made a server by the roles alone, with releases of forty lines."""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from llamakeep_lab import patience
from llamakeep_lab.inventory import KEYS
from llamakeep_lab.machine import File

ROOT = Path(__file__).resolve().parents[3]
SUPPORT = ROOT / "tests" / "collection" / "managed"
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
VERSIONS = ("1.0.0", "1.1.0", "broken-2")
# All that the roles leave on a host, taken away by hand: what `remove` will do one day.
WIPE = r"""
systemctl stop nftables
systemctl disable --now ollama-api.socket ollama-api.service ollama.service llamakeep-firewall.service
rm -rf /etc/systemd/system/nftables.service.d /etc/systemd/system/ollama* \
  /etc/systemd/system/llamakeep-firewall.service /opt/llamakeep /etc/llamakeep \
  /var/lib/llamakeep /usr/local/bin/ollama /usr/share/ollama /srv/models /var/cache/llamakeep
systemctl daemon-reload
systemctl reset-failed
userdel ollama
nft delete table inet llamakeep
nft delete table ip test
true
"""


@dataclass
class Run:
    """What one run of the playbook said."""

    code: int
    text: str

    @property
    def changed(self):
        return int(re.search(r"changed=(\d+)", self.text).group(1))


@dataclass
class Subject:
    """The host under test, one that may knock at it, and a stranger."""

    machine: object
    friend: object
    stranger: object
    folder: Path
    settings: dict = field(default_factory=dict)
    plain: bool = False  # it was converged with the settings above, and with no others since

    def converge(self, *words, **settings):
        values = {**self.settings, **settings}
        version = values["ollama_version"]
        values.setdefault("ollama_archive_url", f"file:///root/ollama-{version}.tgz")
        values.setdefault("ollama_archive_sha256", hashlib.sha256(release(version)).hexdigest())
        (self.folder / "group_vars" / "llm_hosts.yml").write_text(yaml.safe_dump(values))
        done = subprocess.run(
            [PLAYBOOK, "-i", self.folder, ROOT / "playbooks" / "site.yml", *words],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=patience.PLAYBOOK,
            check=False,
        )
        if "--check" not in words:
            self.plain = done.returncode == 0 and not settings
        return Run(done.returncode, done.stdout + done.stderr)

    def sh(self, script, check=True):
        return self.machine.exec(["bash", "-c", script], check=check).stdout.strip()

    def look(self, *words):
        return json.loads(self.machine.exec(["python3", "/root/receipt.py", "look", *words]).stdout)

    def drift(self):
        return {(one["kind"], one["name"]): one["found"] for one in self.look()["drift"]}

    def version(self):
        return json.loads(self.sh("curl -sf -m 20 http://127.0.0.1:11434/api/version"))["version"]


def release(version):
    """Return the bytes of a release: the same version, the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content, mode in (
            ("bin/ollama", (SUPPORT / "fake_ollama.py").read_bytes(), 0o755),
            ("lib/ollama/VERSION", version.encode(), 0o644),
            ("VERSION", version.encode(), 0o644),
        ):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def answers(machine, address, patience=20):
    """Say whether a machine gets an answer from the API at an address of the subject within so many seconds."""
    host = f"[{address}]" if ":" in address else address
    asked = machine.exec(["curl", "-gsf", "-m", str(patience), f"http://{host}:11434/api/version"], check=False)
    return asked.code == 0


def inventory(lab, folder, subject, friend):
    """Write an inventory in which the subject is a server, and the friend may ask it."""
    keys = lab.inventory / KEYS
    connection = {
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(keys / "id_ed25519"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={keys}/known_hosts -o StrictHostKeyChecking=yes",
    }
    hosts = {
        "all": {
            "vars": connection,
            "children": {
                "llm_hosts": {"hosts": {"subject": {"ansible_host": subject.address4}}},
                "friends": {
                    "hosts": {"friend": {"firewall_addresses": [friend.address4, friend.address6]}},
                },
            },
        }
    }
    (folder / "group_vars").mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts))


@pytest.fixture(scope="package")
def bare(lab, tmp_path_factory):
    """The subject before anything was done to it."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, friend, stranger = (lab.host(name) for name in ("chat1", "mirror1", "outsider"))
    inventory(lab, folder, machine, friend)
    machine.exec(["bash", "-c", WIPE], check=False)
    receipt = (ROOT / "plugins" / "module_utils" / "receipt.py").read_bytes()
    clients = (SUPPORT / "clients.py").read_bytes()
    releases = {f"/root/ollama-{version}.tgz": File(release(version)) for version in VERSIONS}
    machine.put_all({**releases, "/root/receipt.py": File(receipt), "/root/clients.py": File(clients)})
    friend.put_all({"/root/clients.py": File(clients)})
    settings = {
        "ollama_version": "1.0.0",
        "ollama_api_addresses": ["127.0.0.1", machine.address4, machine.address6],
        "ollama_api_groups": ["friends"],
    }
    yield Subject(machine, friend, stranger, folder, settings)
    machine.exec(["bash", "-c", WIPE], check=False)


@pytest.fixture
def subject(bare):
    """The subject as a converge leaves it."""
    if not bare.plain or bare.drift():
        done = bare.converge()
        assert done.code == 0, done.text
    return bare
