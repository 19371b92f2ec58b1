"""The inventory of a lab, as a user would write one for real hosts."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from llamakeep.errors import Refusal
from llamakeep.lock import file as lockfile
from llamakeep.lock.lock import Lock
from llamakeep_lab import front

MARKER = ".llamakeep-lab"  # in every folder that the lab wrote and may remove
KEYS = ".ssh"  # hidden: Ansible would read any other folder as a part of the inventory
_EVERY_HOST = "lab_hosts"  # not `all`: that would reach the implicit localhost of a playbook, too
_FRONT = ("chat_hosts", "gateway_hosts")

_HOSTS = """\
---
# Written by `llamakeep lab up`: a rehearsal fleet in containers. Its GPUs are simulated; a host without --gpu plays
# none, and ollama_require_accelerator: none says of it that the CPU will do.
"""
_CONNECTION = """\
---
ansible_user: root
ansible_python_interpreter: /usr/bin/python3
ansible_ssh_private_key_file: "{{ inventory_dir }}/.ssh/id_ed25519"
ansible_ssh_common_args: >-
  -o UserKnownHostsFile={{ inventory_dir }}/.ssh/known_hosts -o StrictHostKeyChecking=yes
"""
_LLM_HOSTS = """\
---
# What a user would write. It is yours to change; the next `llamakeep lab up` writes it anew.
"""
_ADDRESSES = """\
ollama_api_addresses: "{{ ['127.0.0.1'] + firewall_addresses }}"
"""


@dataclass(frozen=True)
class Entry:
    """One host as the inventory names it."""

    name: str
    group: str
    address4: str
    address6: str
    cpu_will_do: bool = False  # an llm host of which nobody said what GPU it plays


def render(entries: Iterable[Entry], version: str, models: Sequence[str], base: str) -> dict[str, str]:
    """Return the inventory as text by relative path; `base` is the address of the lab's registry."""
    groups: dict[str, dict[str, dict[str, object]]] = {}
    for entry in entries:
        groups.setdefault(entry.group, {"hosts": {}})["hosts"][entry.name] = {
            "ansible_host": entry.address4,
            "firewall_addresses": [entry.address4, entry.address6],
            **({"ollama_require_accelerator": "none"} if entry.cpu_will_do else {}),
        }
    has_front = set(_FRONT) <= groups.keys()
    wanted = {
        "ollama_version": version,
        "ollama_models_names": list(models),
        "ollama_models_sources": [base],
        "ollama_api_groups": ["gateway_hosts" if has_front else "clients"],
        # A client of a lab is a program that shows no certificate.
        **({} if has_front else {"ollama_api_tls": "none"}),
    }
    everyone: dict[str, object] = {_EVERY_HOST: {"children": {group: {} for group in groups}}}
    return {
        **(front.render(models[0], base) if has_front else {}),
        f"group_vars/{_EVERY_HOST}/connection.yml": _CONNECTION,
        "group_vars/llm_hosts.yml": _LLM_HOSTS + _yaml(wanted) + _ADDRESSES,
        "hosts.yml": _HOSTS + _yaml(groups) + _yaml(everyone),
    }


def _yaml(value: object) -> str:
    """Return YAML as people write it: the innermost lists and maps in one line."""
    return yaml.safe_dump(value, default_flow_style=None, sort_keys=False, width=1 << 20)


def refuse(folder: Path) -> None:
    """Refuse a folder that could not serve, and one that somebody else wrote."""
    if any(character.isspace() for character in str(folder.absolute())):
        raise Refusal(
            str(folder.absolute()),
            "has a blank in its path, and ssh options that name files in it could not be passed on",
            id="path-with-blank",
            remedy="run the lab from a folder without blanks in its path",
        )
    if folder.exists() and not (folder / MARKER).exists():
        raise Refusal(
            str(folder),
            "is there, and no lab wrote it",
            id="folder-not-of-a-lab",
            remedy="move it away, or use another name: --name NAME",
        )


def claim(folder: Path) -> None:
    """Make the folder, or take the one that an earlier lab left."""
    refuse(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def write(folder: Path, texts: dict[str, str], lock: Lock, known_hosts: str) -> None:
    """Write all of it; `hosts.yml` comes last, so that a folder which has it is complete."""
    (folder / KEYS / "known_hosts").write_text(known_hosts, encoding="utf-8")
    lockfile.write(folder / lockfile.NAME, lock)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if (folder / "group_vars" / "chat_hosts").is_dir():
        front.hand_keys(folder)


def remove(folder: Path) -> bool:
    """Remove a folder that a lab wrote, and no other; return whether there was one."""
    if not (folder / MARKER).exists():
        return False
    shutil.rmtree(folder)
    return True
