"""A lab host that no other test converges, made a server by the roles alone, with releases of forty lines."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

import hosts
from llamakeep_lab.machine import File

SUPPORT = hosts.ROOT / "tests" / "collection" / "managed"
VERSIONS = ("0.34.0", "0.34.1", "broken-0.34.2")
# All that the roles leave on a host, taken away by hand: what `remove` will do one day.
WIPE = r"""
systemctl stop nftables
systemctl disable --now ollama-api.socket ollama-api.service ollama-manage.socket ollama-manage.service ollama.service \
  llamakeep-firewall.service
rm -rf /etc/systemd/system/nftables.service.d /etc/systemd/system/ollama* \
  /etc/systemd/system/llamakeep-firewall.service /opt/llamakeep /etc/llamakeep \
  /var/lib/llamakeep /usr/local/bin/ollama /usr/share/ollama /srv/models /var/cache/llamakeep \
  /run/llamakeep-doors
systemctl daemon-reload
systemctl reset-failed
userdel ollama
nft delete table inet llamakeep
nft delete table ip test
true
"""


@dataclass
class Subject:
    """The host under test, one that may connect to it, and a stranger."""

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
        done = hosts.run(self.folder, hosts.ROOT / "playbooks" / "site.yml", *words)
        if "--check" not in words:
            self.plain = done.code == 0 and not settings
        return done

    def sh(self, script, check=True):
        return hosts.sh(self.machine, script, check=check)

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
    fleet = {
        "all": {
            "vars": hosts.connection(lab),
            "children": {
                "llm_hosts": {"hosts": {"subject": {"ansible_host": subject.address4}}},
                "friends": {
                    "hosts": {"friend": {"firewall_addresses": [friend.address4, friend.address6]}},
                },
            },
        }
    }
    (folder / "group_vars").mkdir()
    (folder / "hosts.yml").write_text(yaml.safe_dump(fleet))


@pytest.fixture(scope="package")
def bare(lab, tmp_path_factory):
    """The subject before anything was done to it."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, friend, stranger = (lab.host(name) for name in ("chat1", "registry1", "outsider"))
    inventory(lab, folder, machine, friend)
    machine.exec(["bash", "-c", WIPE], check=False)
    clients = (SUPPORT / "clients.py").read_bytes()
    releases = {f"/root/ollama-{version}.tgz": File(release(version)) for version in VERSIONS}
    machine.put_all({**releases, "/root/clients.py": File(clients)})
    hosts.give_receipt_reader(machine)
    friend.put_all({"/root/clients.py": File(clients)})
    settings = {
        "ollama_version": "0.34.0",
        "ollama_api_addresses": ["127.0.0.1", machine.address4, machine.address6],
        "ollama_api_groups": ["friends"],
        "ollama_api_tls": "none",  # the friend has no certificate; doors that ask for one have tests of their own
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
