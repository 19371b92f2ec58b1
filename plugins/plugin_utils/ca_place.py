"""Where the root of the internal CA lies, and for which domains it is; without a look into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.refusal import Refusal
from ansible_collections.llamakeep.fleet.plugins.plugin_utils.lock import places

# Hidden, because whatever else lies in an inventory's folder Ansible takes for a list of hosts.
FOLDER, CERTIFICATE, KEY = ".ca", "root.crt", "root.key"
HOSTS = "hosts"  # the folder in it of the CA between hosts


def folder_of(variables: dict[str, Any]) -> Path:
    """Return where the root of the inventory in use lies, or would: in the inventory's folder, or beside its file."""
    folders = [place.parent / FOLDER for place in places(variables)]
    if not folders:
        raise Refusal(
            "certificate",
            "there is no inventory beside which a CA could lie",
            id="inventory-folder-missing",
            expected="an inventory in a file",
        )
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def domains_of(variables: dict[str, Any]) -> list[str]:
    """Return the domain of every gateway: they share the root, and any of them may be the first to ask for it."""
    hostvars, groups = variables.get("hostvars", {}), variables.get("groups", {})
    found = [hostvars[host].get("gateway_domain", "") for host in groups.get("gateway_hosts", [])]
    return list(dict.fromkeys(str(domain) for domain in found if domain))
