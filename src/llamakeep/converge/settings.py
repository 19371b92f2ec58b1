"""How Ansible is run: kept connections, few round trips, host keys checked, nothing left lying about."""

import os
from pathlib import Path

_SSH_ARGS = (
    "-o ControlMaster=auto -o ControlPersist=120s -o ServerAliveInterval=15"
    # The post-quantum default is the largest cost of a cold connection; other algorithms stay on offer.
    " -o KexAlgorithms=^curve25519-sha256"
)

# The lock lies beside the hosts and is no source of them.
_NO_INVENTORY = r"^llamakeep\.lock$"


def environment(progress: Path) -> dict[str, str]:
    """Return the environment of `ansible-playbook`; `progress` is a folder for the live view."""
    return {
        **_operators_own(),
        "ANSIBLE_FORKS": "50",
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_INJECT_FACT_VARS": "False",
        "ANSIBLE_INVENTORY_IGNORE_REGEX": _NO_INVENTORY,
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_SSH_ARGS": _SSH_ARGS,
        "ANSIBLE_TIMEOUT": "10",
        "LLAMAKEEP_PROGRESS": str(progress),
    }


def _operators_own() -> dict[str, str]:
    """Return what the operator set for Ansible here, as absolute paths: it runs in another folder."""
    own = {"ANSIBLE_CONFIG": os.environ.get("ANSIBLE_CONFIG", "ansible.cfg")}
    if password_file := os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE"):
        own["ANSIBLE_VAULT_PASSWORD_FILE"] = password_file
    return {name: str(Path(path).resolve()) for name, path in own.items() if Path(path).is_file()}
