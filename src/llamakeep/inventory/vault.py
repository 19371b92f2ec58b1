"""Vault passwords that Ansible's configuration points to, and what Ansible says where one is missing or wrong."""

from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import get_file_vault_secret

from llamakeep.errors import Refusal


def in_words(error: BaseException) -> str:
    """Return the first paragraph of what Ansible says."""
    return str(error).strip().partition("\n\n")[0].replace("\n", " ")


def secrets(loader: DataLoader) -> list[tuple[str, Any]]:
    """Return the vault passwords that Ansible's configuration points to; nobody is asked for one here."""
    slugs = list(constants.DEFAULT_VAULT_IDENTITY_LIST)
    if constants.DEFAULT_VAULT_PASSWORD_FILE:
        slugs.append(constants.DEFAULT_VAULT_PASSWORD_FILE)
    found_secrets = []
    for slug in slugs:
        name, found, path = slug.rpartition("@")
        if path.startswith("prompt"):
            continue
        try:
            secret = get_file_vault_secret(filename=path, vault_id=name, loader=loader)
            secret.load()
        except AnsibleError as error:
            raise Refusal(
                path, f"the vault password cannot be read: {in_words(error)}", id="vault-password-unreadable"
            ) from error
        found_secrets.append((name if found else constants.DEFAULT_VAULT_IDENTITY, secret))
    return found_secrets


def refusal(place: str, error: AnsibleError) -> Refusal:
    """Return what Ansible said, with the remedy where a vault password was missing or wrong."""
    said = in_words(error)
    if "is undefined" in said:
        remedy = "set it in the inventory, or in a vault beside it: ansible-vault create group_vars/…/vault.yml"
    else:
        remedy = "--vault-password-file FILE, or vault_password_file in ansible.cfg" if "vault" in said.lower() else ""
    return Refusal(place, said, id="value-not-evaluated", remedy=remedy)
