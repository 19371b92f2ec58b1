"""How Ansible is run: kept connections, few round trips, host keys checked, nothing left lying about."""

import configparser
import os
from pathlib import Path

from llamakeep import collection

_SSH_ARGS = (
    "-o ControlMaster=auto -o ControlPersist=120s -o ServerAliveInterval=15"
    # The post-quantum default is the largest cost of a cold connection; other algorithms stay on offer.
    " -o KexAlgorithms=^curve25519-sha256"
)

_Setting = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]

# variable: our value, the variables and the keys (section, key) by which an operator may have set another
_OURS: dict[str, _Setting] = {
    "ANSIBLE_FORKS": ("50", ("ANSIBLE_FORKS",), (("defaults", "forks"),)),
    "ANSIBLE_SSH_ARGS": (_SSH_ARGS, ("ANSIBLE_SSH_ARGS",), (("ssh_connection", "ssh_args"),)),
    "ANSIBLE_TIMEOUT": (
        "10",
        ("ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"),
        (("defaults", "timeout"), ("ssh_connection", "timeout")),
    ),
}

# A check leaves nothing on a host, also not the folder below ~ that Ansible makes for what it brings.
_OF_A_CHECK: dict[str, _Setting] = {
    "ANSIBLE_REMOTE_TMP": ("/tmp", ("ANSIBLE_REMOTE_TMP",), (("defaults", "remote_tmp"),)),  # noqa: S108 - it makes a private folder in there
}

# The lock lies beside the hosts and is no source of them.
_NO_INVENTORY = r"^llamakeep\.lock$"


def environment(progress: Path, *, is_check: bool = False) -> dict[str, str]:
    """Return the environment of `ansible-playbook`; `progress` is a folder for the live view."""
    return {
        **_operators_own(),
        **_where_nothing_is_set({**_OURS, **_OF_A_CHECK} if is_check else _OURS),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(_collections()),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_INJECT_FACT_VARS": "False",
        "ANSIBLE_INVENTORY_IGNORE_REGEX": _NO_INVENTORY,
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "LLAMAKEEP_PROGRESS": str(progress),
    }


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
    if not named and (named := _config().get("defaults", "collections_path", fallback="")):
        base = _config_in_force()[0].resolve().parent  # Ansible takes a path there from where the file lies
    named = (named or f"{home}/collections:/usr/share/ansible/collections").replace("{{ANSIBLE_HOME}}", home)
    named = named.replace("{{CWD}}", str(Path.cwd()))
    parts = [base / os.path.expandvars(Path(part.strip()).expanduser()) for part in named.split(":") if part.strip()]
    return [str(collection.path()), *map(str, parts)]


def _config() -> configparser.ConfigParser:
    """Return the ansible.cfg in force; empty where there is none, or where it cannot be read."""
    config = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=(";",))
    try:
        config.read(_config_in_force(), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        config.clear()  # Ansible reads the file itself, and says what is wrong with it
    return config


def _where_nothing_is_set(ours: dict[str, _Setting]) -> dict[str, str]:
    """Return our own values of what the operator's environment and ansible.cfg leave open."""
    config = _config()
    return {
        name: value
        for name, (value, variables, keys) in ours.items()
        if not any(variable in os.environ for variable in variables)
        and not any(config.has_option(section, key) for section, key in keys)
    }


def _config_in_force() -> list[Path]:
    """Return the one ansible.cfg that Ansible reads here, where there is one."""
    named = Path(os.environ.get("ANSIBLE_CONFIG") or "ansible.cfg")
    places = [named / "ansible.cfg" if named.is_dir() else named, Path("ansible.cfg")]
    places += [Path.home() / ".ansible.cfg", Path("/etc/ansible/ansible.cfg")]
    return [path for path in places if path.is_file()][:1]
