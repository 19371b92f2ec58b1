"""The two CAs, on the operator's side: the one that browsers trust, and the one between hosts."""

from pathlib import Path

from llamakeep.ca import between, domains, keeping
from llamakeep.ca.record import Certificate, HostsRoot
from llamakeep.ca.root import Root

__all__ = ["renew", "renew_hosts", "revoke", "show", "show_hosts"]


def show(inventory: str) -> Root:
    """Return the root of an inventory; it is made where there is none."""
    root = keeping.obtain(_folder(inventory), lambda: domains.of(inventory))
    hosts = between.found(_folder(inventory))
    first = hosts.issued[0] if hosts is not None and hosts.issued else None
    return root.model_copy(update={"between": f"{first.ends}, {first.name}"}) if first is not None else root


def renew(inventory: str, *, new_key: bool = False) -> Root:
    """Return a root that begins today, with the key of the present one or with another."""
    return keeping.renew(_folder(inventory), domains.of(inventory), new_key=new_key)


def show_hosts(inventory: str) -> HostsRoot:
    """Return the CA between the hosts of an inventory."""
    return between.show(_folder(inventory))


def renew_hosts(inventory: str) -> HostsRoot:
    """Put another root between hosts in the place of the present one; for one run both are trusted."""
    return between.renew(_folder(inventory))


def revoke(inventory: str, name: str) -> tuple[Certificate, ...]:
    """Revoke what a host, or a program, has from the CA between hosts."""
    return between.revoke(_folder(inventory), name)


def _folder(inventory: str) -> Path:
    """Return the inventory's own folder."""
    from llamakeep.keys.file import folder_of

    return folder_of(inventory)
