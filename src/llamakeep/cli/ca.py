"""`llamakeep ca`: the root that clients of the gateway must trust."""

from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from llamakeep.ca.root import Root


_UP = "llamakeep up"


@click.group()
def command() -> None:
    """Hand out, and renew, the root of the fleet's own certificates.

    It lies in .ca/ beside the inventory: root.crt for everybody and for version control, root.key for its operator
    alone. It may vouch for the gateway's domain and for private addresses, and for nothing else. A passphrase for the
    key comes from the variable LLAMAKEEP_CA_PASSPHRASE.
    """


@command.command()
@fleet_options
def show(path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Print the root, its fingerprint, and how clients come to trust it; made where there is none.

    The certificate goes to stdout, alone; what is for people goes to stderr. Never the key.
    """
    from llamakeep import ca

    inventory = _inventory(path, limit, is_here=is_here)
    root = ca.show(inventory)
    step = f"llamakeep ca renew {hint.fleet(inventory)}" if root.findings else f"{_UP} {hint.fleet(inventory)}"
    return _print(root, step, as_json=as_json)


@command.command()
@fleet_options
@click.option(
    "--new-key",
    is_flag=True,
    help="Another key as well, where somebody may have the old one. Clients that trust the old root trust nothing that"
    " is signed by it.",
)
def renew(path: str | None, is_here: bool, limit: str | None, as_json: bool, new_key: bool) -> int:
    """Make a root that begins today, for the present gateway_domain.

    It has the key of the old one, so that clients may have either of the two until the old one ends.
    """
    from llamakeep import ca

    inventory = _inventory(path, limit, is_here=is_here)
    root = ca.renew(inventory, new_key=new_key)
    return _print(root, f"let every client trust it, then {_UP} {hint.fleet(inventory)}", as_json=as_json)


def _inventory(path: str | None, limit: str | None, *, is_here: bool) -> str:
    if limit is not None:
        raise Refusal(
            "--limit", "the root is for the whole inventory", id="limit-not-supported", remedy="leave --limit out"
        )
    return inventory_path(path, is_here=is_here)


def _print(root: "Root", step: str, *, as_json: bool) -> int:
    from llamakeep.ca import page

    if as_json:
        click.echo(root.model_dump_json(indent=1))
    else:
        err = console(stderr=True)
        page.show(root, err)
        click.echo(root.certificate, nl=False)
        err.print(f"\nnext: {step}", soft_wrap=True)
    return 1 if root.findings else 0
