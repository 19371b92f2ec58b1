#!/usr/bin/python
"""Look at a host once, before a role touches it, and refuse what cannot work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Refuses what cannot work on this host, all of it at once
description:
  - Changes nothing. Says which program holds a port, which disk is too small, that there is no systemd, or that
    there are no releases for the architecture. Programs that are missing are returned, not refused.
  - A Python below 3.9, or none, is refused by Ansible itself, before any module runs.
options:
  programs: {type: list, elements: str, default: [], description: Programs that the role will need}
  ports:
    description: Ports that must be free, or each held by one of its units
    type: list
    elements: dict[str, Any]
    default: []
    suboptions:
      port: {type: int, required: true, description: TCP port}
      units: {type: list, elements: str, default: [], description: Units that may hold it}
      option: {type: str, default: ollama_api_port, description: The variable of the inventory that names it}
  space:
    description: Room that is needed
    type: list
    elements: dict[str, Any]
    default: []
    suboptions:
      path: {type: path, required: true, description: Where; it need not exist yet}
      bytes: {type: int, required: true, description: How much}
      why: {type: str, required: true, description: What for, in the operator's words}
  unknown:
    description: Folders that something left which the role was not held against
    type: list
    elements: dict[str, Any]
    default: []
    suboptions:
      path: {type: path, required: true, description: It may be missing or empty}
      found: {type: str, required: true, description: What it means that something lies there}
      expected: {type: str, default: "", description: What the role knows}
      remedy: {type: str, default: "", description: What to do}
  users: {type: list, elements: str, default: [], description: Users whose number the role asks for}
  systemd: {type: bool, default: false, description: Whether systemd must run the host}
  architectures: {type: list, elements: str, default: [], description: Those that will do; empty for any}
attributes:
  check_mode: {support: full, description: It only ever looks}
author: The llamakeep developers
"""

EXAMPLES = r"""
- name: Look at the host once
  llamakeep.fleet.preflight:
    programs: [zstd]
    ports: [{port: 11434, units: [ollama.service]}]
    systemd: true
    architectures: [amd64, arm64]
"""

RETURN = r"""
architecture: {type: str, returned: success, description: "amd64, arm64, or what uname said"}
missing_programs: {type: list, returned: success, description: Programs of the list that are not in PATH}
users: {type: dict, returned: success, description: Number of each of the asked users that there is}
os: {type: dict, returned: success, description: "C(id), C(version) and C(name) from /etc/os-release"}
refusals:
  description: What was refused, each with C(id), C(place), C(found), C(expected) and C(remedy).
  type: list
  elements: dict
  returned: on failure
"""

import os
import pwd
import shlex

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.llamakeep.fleet.plugins.module_utils import space
from ansible_collections.llamakeep.fleet.plugins.module_utils.listeners import Listener, on_port
from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal, Refusals

_NAMES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_ARGUMENTS = {
    "programs": {"type": "list", "elements": "str", "default": []},
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "port": {"type": "int", "required": True},
            "units": {"type": "list", "elements": "str", "default": []},
            "option": {"type": "str", "default": "ollama_api_port"},
        },
    },
    "space": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "path": {"type": "path", "required": True},
            "bytes": {"type": "int", "required": True},
            "why": {"type": "str", "required": True},
        },
    },
    "unknown": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "path": {"type": "path", "required": True},
            "found": {"type": "str", "required": True},
            "expected": {"type": "str", "default": ""},
            "remedy": {"type": "str", "default": ""},
        },
    },
    "users": {"type": "list", "elements": "str", "default": []},
    "systemd": {"type": "bool", "default": False},
    "architectures": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Look, and refuse everything that is wrong in one answer."""
    module = AnsibleModule(argument_spec=_ARGUMENTS, supports_check_mode=True)
    want = module.params
    architecture = _NAMES.get(os.uname().machine, os.uname().machine)
    found = [
        *_systemd(want["systemd"]),
        *_architecture(want["architectures"], architecture),
        *(refusal for port in want["ports"] for refusal in _port(**port)),
        *space.refusals(want["space"]),
        *(_unknown(**folder) for folder in want["unknown"] if _holds_something(folder["path"])),
    ]
    result = {
        "architecture": architecture,
        "missing_programs": [name for name in want["programs"] if not module.get_bin_path(name)],
        "users": {name: uid for name in want["users"] for uid in _uid(name)},
        "os": _os(),
    }
    if found:
        module.fail_json(**Refusals(found).failure, **result)
    module.exit_json(changed=False, **result)


def _uid(name: str) -> list[int]:
    """Return the number of a user, in a list of one; a directory may know users whom it does not list."""
    try:
        return [pwd.getpwnam(name).pw_uid]
    except KeyError:
        return []


def _systemd(is_needed: bool) -> list[Refusal]:
    # The same question that sd_booted(3) asks.
    if not is_needed or os.path.isdir("/run/systemd/system"):
        return []
    with open("/proc/1/comm", encoding="utf-8") as file:
        first = file.read().strip()
    return [
        Refusal(
            "systemd",
            f"does not run this host: its first process is {first}",
            id="no-systemd",
            expected="systemd, whose units seal the service off the network",
            remedy="take a host that boots with systemd, or take this one out of llm_hosts",
        )
    ]


def _architecture(wanted: list[str], found: str) -> list[Refusal]:
    if not wanted or found in wanted:
        return []
    return [
        Refusal(
            "architecture",
            f"this host is {found}",
            id="architecture-unsupported",
            expected=f"{' or '.join(wanted)}, for which there are releases",
            remedy="take this host out of the group",
        )
    ]


def _holds_something(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            return any(entries)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _unknown(path: str, found: str, expected: str, remedy: str) -> Refusal:
    return Refusal(path, found, id="file-system-unknown", expected=expected, remedy=remedy)


def _port(port: int, units: list[str], option: str) -> list[Refusal]:
    foreign: dict[tuple[int, str, str], list[Listener]] = {}
    for listener in on_port(port):
        if listener.unit not in units:
            foreign.setdefault((listener.pid, listener.program, listener.unit), []).append(listener)
    return [
        Refusal(
            f"port {port}",
            f"{_who(same[0])} listens on {', '.join(listener.address for listener in same)}",
            id="port-taken",
            expected=f"a free port, or one that is held by {' or '.join(units)}" if units else "a free port",
            remedy=_remedy(same[0], option),
        )
        for same in foreign.values()
    ]


def _who(listener: Listener) -> str:
    """Name the program that listens.

    >>> _who(Listener("127.0.0.1", 11434, "ann", 812, "ollama", "/usr/bin/ollama", "session-3.scope"))
    'ollama (pid 812, user ann, session-3.scope: /usr/bin/ollama)'
    """
    if not listener.pid:
        return f"a program of {listener.user}, which cannot be seen from here,"
    where = f"container {listener.container}" if listener.container else listener.unit
    details = ": ".join(filter(None, [where, listener.command]))
    about = ", ".join(filter(None, [f"pid {listener.pid}", f"user {listener.user}", details]))
    return f"{listener.program} ({about})"


def _remedy(listener: Listener, option: str) -> str:
    if listener.container:
        return f"stop that container (docker stop {listener.container}), and see that nothing starts it again"
    if listener.program == "docker-proxy":
        return f"a container publishes the port: `docker ps --filter publish={listener.port}` names it; stop it"
    if listener.unit.startswith("user@"):
        return f"its user stops it: systemctl --user disable --now {shlex.quote(listener.unit.split()[-1])}"
    if listener.unit.endswith((".service", ".socket")):
        return f"systemctl disable --now {shlex.quote(listener.unit)}, or set {option} to another port"
    if listener.pid:
        return f"it was started by hand: stop it (kill {listener.pid}), or set {option} to another port"
    return f"run with become, or ask on the host itself: ss -ltnp 'sport = :{listener.port}'"


def _os() -> dict[str, str]:
    """Return what /etc/os-release says.

    >>> {"id": "debian", "version": "13", "name": "Debian GNU/Linux 13 (trixie)"}
    """
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            pairs = [line.strip().partition("=") for line in file if "=" in line]
    except OSError:
        pairs = []
    said = {key: " ".join(shlex.split(value)) for key, _equals, value in pairs}
    return {"id": said.get("ID", ""), "version": said.get("VERSION_ID", ""), "name": said.get("PRETTY_NAME", "")}


if __name__ == "__main__":
    main()
