"""A lab host made a chat by the roles alone, and another one that plays the models."""

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import hosts
from llamakeep_lab.machine import File

ROLES = ["firewall", "open_webui", "receipt"]
# All but the environments: to fill one takes longer than everything else, and a whole one is kept by the role too.
WIPE = r"""
systemctl disable --now open-webui-backup.timer
systemctl disable --now open-webui-web.socket open-webui-web.service open-webui.service \
  open-webui-models.socket open-webui-models.service llamakeep-firewall.service
rm -rf /etc/systemd/system/nftables.service.d /etc/systemd/system/open-webui* \
  /etc/systemd/system/llamakeep-firewall.service /opt/llamakeep/open_webui/current /etc/llamakeep /var/lib/llamakeep \
  /var/lib/open-webui /var/cache/open-webui /var/cache/llamakeep \
  /var/backups/llamakeep
find /opt/llamakeep -mindepth 1 -maxdepth 1 ! -name open_webui -exec rm -rf {} +
systemctl daemon-reload
systemctl reset-failed
userdel open-webui
nft delete table inet llamakeep
true
"""


@dataclass
class Chat:
    """The host under test."""

    machine: object
    models: object
    folder: Path

    def converge(self, *words):
        return hosts.run(self.folder / "hosts.yml", self.folder / "chat.yml", *words)

    @contextlib.contextmanager
    def given(self, **settings):
        """Have the inventory say this of the host, for as long as the test takes."""
        path = self.folder / "hosts.yml"
        before = path.read_text()
        fleet = yaml.safe_load(before)
        fleet["chat_hosts"]["hosts"]["chat"] |= settings
        path.write_text(yaml.safe_dump(fleet))
        try:
            yield
        finally:
            path.write_text(before)

    def sh(self, script, check=True):
        return hosts.sh(self.machine, script, check=check)

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


def serve_models(machine):
    """Have a host play the models."""
    machine.put_all({"/root/fake_models.py": File((Path(__file__).parent / "fake_models.py").read_bytes())})
    machine.exec(["systemctl", "stop", "fake-models"], check=False)
    serve = ["python3", "/root/fake_models.py", machine.address4, "11434"]
    machine.exec(["systemd-run", "--collect", "--unit", "fake-models", *serve])


@pytest.fixture(scope="package")
def chat(lab, tmp_path_factory):
    """A chat host, converged once."""
    folder = tmp_path_factory.mktemp("inventory")
    machine, models = lab.host("chat1"), lab.host("registry1")
    settings = {
        "ansible_host": machine.address4,
        **hosts.connection(lab),
        "open_webui_backend": f"{models.address4}:11434",
        "open_webui_backup_schedule": "2099-01-01",  # tests count the backups, also after midnight
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump({"chat_hosts": {"hosts": {"chat": settings}}}))
    hosts.write_play(folder / "chat.yml", "chat_hosts", *ROLES)
    hosts.sh(machine, f"{WIPE}\nrm -rf /opt/llamakeep", check=False)
    try:
        hosts.trust(machine)
        hosts.give_receipt_reader(machine)
        serve_models(models)
        subject = Chat(machine, models, folder)
        done = subject.converge("-vvv", "--diff")
        assert done.code == 0, done.text[-4000:]
        assert subject.admin["password"] not in done.text
        yield subject
    finally:
        hosts.sh(machine, WIPE, check=False)
        models.exec(["systemctl", "stop", "fake-models"], check=False)
