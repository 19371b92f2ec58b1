"""A front door for a lab: its inventory with a gateway, as an operator would write one, and what clients need."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llamakeep.ca import client
from llamakeep.ca.client import ClientCertificate
from llamakeep.errors import Refusal
from llamakeep_lab import patience
from llamakeep_lab.lab import Lab
from llamakeep_lab.machine import File, Machine
from llamakeep_lab.part import REGISTRY

GATEWAY = "gateway1"
DOMAIN = "lab.example"
HERE = "here"  # this machine, on which clients run
TALKER = Path(__file__).parent / "bench" / "talker.py"
_PROGRAM = "/usr/lib/llamakeep-lab/talker.py"
_DROP_IN = "/etc/systemd/system/ollama.service.d/talker.conf"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Front:
    """The llm hosts of a lab behind one gateway."""

    lab: Lab
    inventory: Path  # a folder of its own: the lab's is left as it is
    gateway: Machine
    port: int = 443

    @property
    def api(self) -> str:
        """The name under which programs ask."""
        return f"api.{DOMAIN}"

    @property
    def root(self) -> Path:
        """The certificate that clients have to trust."""
        return self.inventory / ".ca" / "root.crt"

    @property
    def models(self) -> tuple[Machine, ...]:
        """The llm hosts."""
        return tuple(machine for machine in self.lab.machines.values() if machine.part.is_llm)

    def say(self, group: str, **options: Any) -> None:
        """Give options to a group or a host of the inventory, beside those that it has."""
        folder = self.inventory / ("host_vars" if group in self.lab.machines else "group_vars")
        # Ansible reads the folder of a group, or else its file.
        place = folder / group / "zz.yml" if (folder / group).is_dir() else folder / f"{group}.yml"
        folder.mkdir(exist_ok=True)
        had = yaml.safe_load(place.read_text(encoding="utf-8")) if place.exists() else {}
        place.write_text(yaml.safe_dump({**(had or {}), **options}), encoding="utf-8")

    def converge(self) -> None:
        """Make the hosts what the inventory says; not by `up`, which would connect from this machine by ssh as well."""
        self._play("site", "llm_hosts")
        self.tell()

    def tell(self) -> None:
        """Tell the gateway what the inventory says now."""
        self._play("site", "gateway_hosts")

    def _play(self, playbook: str, group: str) -> None:
        self._run(["ansible-playbook", f"llamakeep.fleet.{playbook}", "-i", str(self.inventory), "--limit", group])

    def key(self, *words: str) -> str:
        """Run `llamakeep key`, and return what it printed: a key, where it made one."""
        return self._run(["llamakeep", "key", *words, "-i", str(self.inventory)]).strip()

    def certificate(self) -> ClientCertificate:
        """Return what a client on this machine shows at the hosts' doors; made anew."""
        return client.make(str(self.inventory), HERE, self.inventory / "clients")

    def _run(self, command: list[str]) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        done = subprocess.run(
            [str(_BIN / command[0]), *command[1:]],
            env={**clean, "PATH": f"{_BIN}:{clean.get('PATH', '')}", "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=patience.CONVERGE,
        )
        if done.returncode:
            said = (done.stdout + done.stderr)[-4000:]
            raise Refusal(" ".join(command), f"ended with exit code {done.returncode}\n{said}", id="command-failed")
        return done.stdout


def prepare(lab: Lab, folder: Path, llm: Mapping[str, Any], gateway: Mapping[str, Any]) -> Front:
    """Write the inventory of a lab with a gateway into a folder that is not there yet, with options for both groups."""
    shutil.copytree(lab.inventory, folder)
    machine = lab.host(GATEWAY if GATEWAY in lab.machines else REGISTRY.name)
    hosts, here = folder / "hosts.yml", machine.address4.rpartition(".")[0] + ".1"
    groups = yaml.safe_load(hosts.read_text(encoding="utf-8"))
    # A chat that nobody converged would be a finding of every run.
    groups["chat_hosts"] = {"hosts": {}}
    groups["gateway_hosts"] = {"hosts": {machine.name: {}}}
    # This machine, on which clients run, as one that may connect to a door directly.
    groups["client_hosts"] = {"hosts": {HERE: {"ansible_host": here, "firewall_addresses": [here]}}}
    hosts.write_text(yaml.safe_dump(groups, sort_keys=False), encoding="utf-8")
    front = Front(lab, folder, machine)
    front.say("llm_hosts", ollama_api_groups=["gateway_hosts", "client_hosts"], ollama_api_tls="mutual", **llm)
    front.say("gateway_hosts", gateway_domain=DOMAIN, gateway_addresses=["127.0.0.1", machine.address4], **gateway)
    return front


def talk(machine: Machine) -> None:
    """Put the talker in the place of a host's model server: in its seal, behind its door."""
    instead = f"[Service]\nExecStart=\nExecStart=/usr/bin/python3 -I {_PROGRAM} 11434\n"
    machine.put_all({_PROGRAM: File(TALKER.read_bytes()), _DROP_IN: File(instead.encode())})
    machine.exec(["sh", "-c", "systemctl daemon-reload && systemctl restart ollama.service"])


def hush(machine: Machine) -> None:
    """Put the model server back, where the talker is in its place."""
    restart = "systemctl daemon-reload; systemctl reset-failed ollama.service; systemctl restart ollama.service"
    machine.exec(["sh", "-c", f"[ ! -e {_DROP_IN} ] || {{ rm {_DROP_IN} {_PROGRAM} && {restart}; }}"])


def counts(machine: Machine) -> dict[str, Any]:
    """Return what a host's talker was asked."""
    return dict(json.loads(machine.exec(["curl", "-sf", "http://127.0.0.1:11436/counts"]).stdout))
