"""What Ansible is told where the operator told it nothing: the same for each stage, so that they share connections."""

import configparser
import os
from pathlib import Path

KEPT = 256  # hosts whose connections are kept from one stage to the next: each is a process of some megabytes

# A connection is kept so that a run logs in once, its operator's look at the plan included.
_SSH_ARGS = "-o ControlMaster=auto -o ControlPersist={seconds}s"
_BETWEEN_STAGES, _WITHIN_ONE = 300, 60

Setting = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]

# variable: our value, the variables and the keys (section, key) by which an operator may have set another
_OF_SSH: dict[str, Setting] = {
    "ANSIBLE_SSH_ARGS": (_SSH_ARGS, ("ANSIBLE_SSH_ARGS",), (("ssh_connection", "ssh_args"),)),
    "ANSIBLE_TIMEOUT": (
        "10",
        ("ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"),
        (("defaults", "timeout"), ("ssh_connection", "timeout")),
    ),
}


def of_ssh(hosts: int = 1) -> dict[str, str]:
    """Return our settings of ssh for so many hosts, by the environment's variable, where the operator set no other."""
    found = where_nothing_is_set(_OF_SSH)
    seconds = _BETWEEN_STAGES if hosts <= KEPT else _WITHIN_ONE
    return {name: value.format(seconds=seconds) for name, value in found.items()}


def note(hosts: int) -> str:
    """Return what the operator should know of the connections to so many hosts; empty: nothing."""
    return f"{hosts} hosts: more than {KEPT}, so no connection is kept for the next stage" if hosts > KEPT else ""


def where_nothing_is_set(ours: dict[str, Setting]) -> dict[str, str]:
    """Return our own values of what the operator's environment and ansible.cfg leave open."""
    found = config()
    return {
        name: value
        for name, (value, variables, keys) in ours.items()
        if not any(variable in os.environ for variable in variables)
        and not any(found.has_option(section, key) for section, key in keys)
    }


def config() -> configparser.ConfigParser:
    """Return the ansible.cfg in force; empty where there is none, or where it cannot be read."""
    found = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=(";",))
    try:
        found.read(config_in_force(), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        found.clear()  # Ansible reads the file itself, and says what is wrong with it
    return found


def config_in_force() -> list[Path]:
    """Return the one ansible.cfg that Ansible reads here, where there is one."""
    named = Path(os.environ.get("ANSIBLE_CONFIG") or "ansible.cfg")
    places = [named / "ansible.cfg" if named.is_dir() else named, Path("ansible.cfg")]
    places += [Path.home() / ".ansible.cfg", Path("/etc/ansible/ansible.cfg")]
    return [path for path in places if path.is_file()][:1]
