"""How Ansible is run: kept connections, few round trips, host keys checked, nothing left lying about."""

import os
from pathlib import Path

from llamakeep import collection
from llamakeep.hosts.settings import Setting, config, config_in_force, of_ssh, where_nothing_is_set

# variable: our value, the variables and the keys (section, key) by which an operator may have set another
_OURS: dict[str, Setting] = {
    "ANSIBLE_FORKS": ("50", ("ANSIBLE_FORKS",), (("defaults", "forks"),)),
    "ANSIBLE_PIPELINING": (
        "True",
        ("ANSIBLE_PIPELINING", "ANSIBLE_SSH_PIPELINING"),
        (("defaults", "pipelining"), ("connection", "pipelining"), ("ssh_connection", "pipelining")),
    ),
}

# A check leaves nothing on a host, also not the folder below ~ that Ansible makes for what it brings.
_OF_A_CHECK: dict[str, Setting] = {
    "ANSIBLE_REMOTE_TMP": ("/tmp", ("ANSIBLE_REMOTE_TMP",), (("defaults", "remote_tmp"),)),  # noqa: S108 - it makes a private folder in there
}

# The lock lies beside the hosts and is no source of them.
_NO_INVENTORY = r"^llamakeep\.lock$"


def environment(progress: Path, *, hosts: int = 1, is_check: bool = False) -> dict[str, str]:
    """Return the environment of `ansible-playbook`; `progress` is a folder for the live view."""
    return {
        **_operators_own(),
        **_alive(of_ssh(hosts)),
        **where_nothing_is_set({**_OURS, **_OF_A_CHECK} if is_check else _OURS),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(_collections()),
        "ANSIBLE_INJECT_FACT_VARS": "False",
        "ANSIBLE_INVENTORY_IGNORE_REGEX": _NO_INVENTORY,
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "LLAMAKEEP_PROGRESS": str(progress),
    }


def _alive(ours: dict[str, str]) -> dict[str, str]:
    """Have a host that goes away be missed, also where Ansible makes the connection, and not a stage before it."""
    args = ours.get("ANSIBLE_SSH_ARGS")
    return {**ours, "ANSIBLE_SSH_ARGS": f"{args} -o ServerAliveInterval=15"} if args else ours


def _operators_own() -> dict[str, str]:
    """Return what the operator set for Ansible here, as absolute paths: it runs in another folder."""
    own = {"ANSIBLE_CONFIG": os.environ.get("ANSIBLE_CONFIG", "ansible.cfg")}
    if password_file := os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE"):
        own["ANSIBLE_VAULT_PASSWORD_FILE"] = password_file
    return {name: str(Path(path).resolve()) for name, path in own.items() if Path(path).is_file()}


def _collections() -> list[str]:
    """Return where Ansible looks for collections: the kit's own first, then where the operator has others."""
    base = Path.cwd()
    home = os.environ.get("ANSIBLE_HOME") or "~/.ansible"
    named = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")
    if not named and (named := config().get("defaults", "collections_path", fallback="")):
        base = config_in_force()[0].resolve().parent  # Ansible takes a path there from where the file lies
    named = (named or f"{home}/collections:/usr/share/ansible/collections").replace("{{ANSIBLE_HOME}}", home)
    named = named.replace("{{CWD}}", str(Path.cwd()))
    parts = [base / os.path.expandvars(Path(part.strip()).expanduser()) for part in named.split(":") if part.strip()]
    return [str(collection.path()), *map(str, parts)]
