"""A lab host made a chat by the roles alone, and another one that plays the models."""

import contextlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from llamakeep_lab import patience
from llamakeep_lab.inventory import KEYS
from llamakeep_lab.machine import File

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
ROLES = ["llamakeep.fleet.firewall", "llamakeep.fleet.open_webui", "llamakeep.fleet.receipt"]
WIPE = r"""
systemctl disable --now open-webui-backup.timer
systemctl disable --now open-webui-web.socket open-webui-web.service open-webui.service \
  open-webui-models.socket open-webui-models.service llamakeep-firewall.service
rm -rf /etc/systemd/system/nftables.service.d /etc/systemd/system/open-webui* \
  /etc/systemd/system/llamakeep-firewall.service /opt/llamakeep /etc/llamakeep /var/lib/llamakeep \
  /var/lib/open-webui /var/cache/open-webui /var/cache/llamakeep \
  /var/backups/llamakeep
systemctl daemon-reload
systemctl reset-failed
userdel open-webui
nft delete table inet llamakeep
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
class Chat:
    """The host under test."""

    machine: object
    models: object
    folder: Path

    def converge(self, *words):
        command = [PLAYBOOK, "-i", self.folder / "hosts.yml", self.folder / "chat.yml", *words]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=patience.PLAYBOOK, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr)

    @contextlib.contextmanager
    def given(self, **settings):
        """Have the inventory say this of the host, for as long as the test takes."""
        path = self.folder / "hosts.yml"
        before = path.read_text()
        hosts = yaml.safe_load(before)
        hosts["chat_hosts"]["hosts"]["chat"] |= settings
        path.write_text(yaml.safe_dump(hosts))
        try:
            yield
        finally:
            path.write_text(before)

    def sh(self, script, check=True):
        return self.machine.exec(["bash", "-c", script], check=check).stdout.strip()

    def ask(self, path, body=None, token=""):
        """Return the status and the body of an answer."""
        words = ["curl", "-sN", "-m", "280", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {token}"]
        sent = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        said = self.machine.exec([*words, *sent, f"http://127.0.0.1:8080{path}"], timeout=300).stdout
        text, _, code = said.rpartition("\n")
        return int(code), text

    @property
    def admin(self):
        said = self.sh("cat /etc/llamakeep/open_webui/admin")
        email, password = re.findall(r": (.*)", said)
        return {"email": email, "password": password}

    def log_in(self, email="", password=""):
        """Return the token of the first administrator, or of somebody else."""
        who = {"email": email, "password": password} if email else self.admin
        code, text = self.ask("/api/v1/auths/signin", who)
        assert code == 200, text
        return json.loads(text)["token"]


@pytest.fixture(scope="package")
def chat(lab, tmp_path_factory):
    """A chat host, converged once."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, models = lab.host("chat1"), lab.host("mirror1")
    keys = lab.inventory / KEYS
    settings = {
        "ansible_host": machine.address4,
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(keys / "id_ed25519"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={keys}/known_hosts -o StrictHostKeyChecking=yes",
        "open_webui_backend": f"{models.address4}:11434",
        "open_webui_backup_schedule": "2099-01-01",  # tests count the backups, also after midnight
    }
    play = {"hosts": "chat_hosts", "gather_facts": False, "become": True, "roles": ROLES}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"chat_hosts": {"hosts": {"chat": settings}}}))
    (folder / "chat.yml").write_text(yaml.safe_dump([play]))
    machine.exec(["bash", "-c", WIPE], check=False)
    try:
        # Tests of the firewall flush every rule of this host, and the engine's own for names are among them: a boot
        # brings them back.
        machine.container.restart()
        machine.wait()
        # A host trusts what this machine trusts: its packages come the same way.
        machine.put_all({str(TRUSTED): File(TRUSTED.read_bytes())})
        receipt = (ROOT / "plugins" / "module_utils" / "receipt.py").read_bytes()
        machine.put_all({"/root/receipt.py": File(receipt)})
        models.put_all({"/root/fake_models.py": File((Path(__file__).parent / "fake_models.py").read_bytes())})
        models.exec(["systemctl", "stop", "fake-models"], check=False)
        serve = ["python3", "/root/fake_models.py", models.address4, "11434"]
        models.exec(["systemd-run", "--collect", "--unit", "fake-models", *serve])
        subject = Chat(machine, models, folder)
        done = subject.converge("-vvv", "--diff")
        assert done.code == 0, done.text[-4000:]
        assert subject.admin["password"] not in done.text
        yield subject
    finally:
        machine.exec(["bash", "-c", WIPE], check=False)
        models.exec(["systemctl", "stop", "fake-models"], check=False)
