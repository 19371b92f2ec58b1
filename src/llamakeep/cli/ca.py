"""`llamakeep ca`: the root that clients of the gateway must trust, and the one between hosts."""

import json
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from llamakeep.ca.record import HostsRoot
    from llamakeep.ca.root import Root

HOSTS = click.option("--hosts", "between", is_flag=True, help="The CA between the fleet's own hosts, in .ca/hosts/.")
_UP = "llamakeep up"


@click.group()
def command() -> None:
    """Hand out, and renew, the roots of the fleet's own certificates.

    They lie in .ca/ beside the inventory: root.crt for everybody and for version control, root.key for its operator
    alone. The one that browsers trust may vouch for the gateway's domain and for private addresses, and for nothing
    else. The one in .ca/hosts/ is for the hosts among themselves. A passphrase for a key comes from the variable
    LLAMAKEEP_CA_PASSPHRASE.
    """


@command.command()
@fleet_options
@HOSTS
def show(path: str | None, is_here: bool, limit: str | None, as_json: bool, between: bool) -> int:
    """Print the root, its fingerprint, and how clients come to trust it; made where there is none.

    With --hosts the one between hosts, and which certificate of it is the first to end. The certificate goes to
    stdout, alone; what is for people goes to stderr. Never the key.
    """
    from llamakeep import ca

    inventory = _inventory(path, limit, is_here=is_here)
    if between:
        return _print_hosts(ca.show_hosts(inventory), f"{_UP} {hint.fleet(inventory)}", as_json=as_json)
    root = ca.show(inventory)
    step = f"llamakeep ca renew {hint.fleet(inventory)}" if root.findings else f"{_UP} {hint.fleet(inventory)}"
    return _print_root(root, step, as_json=as_json)


@command.command()
@fleet_options
@click.option(
    "--new-key",
    is_flag=True,
    help="Another key as well, where somebody may have the old one. Clients that trust the old root trust nothing that"
    " is signed by it.",
)
@HOSTS
def renew(
    path: str | None, is_here: bool, limit: str | None, as_json: bool, new_key: bool, between: bool
) -> int:  # fmt: skip
    """Make a root that begins today, for the present gateway_domain.

    It has the key of the old one, so that clients may have either of the two until the old one ends. With --hosts
    another root between hosts, with another key: the next run has every host trust both, and the one after it drops
    the old one.
    """
    from llamakeep import ca

    inventory = _inventory(path, limit, is_here=is_here)
    if between:
        return _print_hosts(ca.renew_hosts(inventory), f"{_UP} {hint.fleet(inventory)}", as_json=as_json)
    root = ca.renew(inventory, new_key=new_key)
    return _print_root(root, f"let every client trust it, then {_UP} {hint.fleet(inventory)}", as_json=as_json)


@command.command()
@click.argument("name")
@fleet_options
def revoke(name: str, path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Revoke the certificates of NAME from the CA between hosts: a host of the fleet, or a program outside of it.

    In force after the next run. A host that is still in the inventory gets another certificate then.
    """
    from llamakeep import ca

    inventory = _inventory(path, limit, is_here=is_here)
    ended = ca.revoke(inventory, name)
    if as_json:
        click.echo(json.dumps([one.model_dump() for one in ended], indent=1))
        return 0
    for one in ended:
        click.echo(f"revoked: {one.name}, serial {one.serial}, which would have ended on {one.ends}")
    click.echo(f"\nnext: {_UP} {hint.fleet(inventory)}")
    return 0


def _inventory(path: str | None, limit: str | None, *, is_here: bool) -> str:
    if limit is not None:
        raise Refusal(
            "--limit", "the root is for the whole inventory", id="limit-not-supported", remedy="leave --limit out"
        )
    return inventory_path(path, is_here=is_here)


def _print_hosts(root: "HostsRoot", step: str, *, as_json: bool) -> int:
    from llamakeep.ca import between_page

    return _print(root, lambda out: between_page.show(root, out), step, as_json=as_json)


def _print_root(root: "Root", step: str, *, as_json: bool) -> int:
    from llamakeep.ca import page

    return _print(root, lambda out: page.show(root, out), step, as_json=as_json) or (1 if root.findings else 0)


def _print(root: "Root | HostsRoot", show: "Callable[[Console], None]", step: str, *, as_json: bool) -> int:
    if as_json:
        click.echo(root.model_dump_json(indent=1))
    else:
        err = console(stderr=True)
        show(err)
        click.echo(root.certificate, nl=False)
        err.print(f"\nnext: {step}", soft_wrap=True)
    return 0
