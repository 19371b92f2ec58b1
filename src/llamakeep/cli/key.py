"""`llamakeep key`: who may use the gateway's API."""

import json
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from llamakeep.keys.issue import Issued


@click.group()
def command() -> None:
    """Give programs a key to the gateway's API, and take it back.

    A key is printed once, alone on stdout, and stands nowhere after that: the inventory holds its sha256. A change
    is in force after the next `llamakeep up`.
    """


@command.command()
@click.argument("name")
@fleet_options
@click.option(
    "--rate", type=click.IntRange(1, 1_000_000), metavar="N", help="Requests in 60 seconds, in place of gateway_rate."
)
def add(name: str, path: str | None, is_here: bool, limit: str | None, as_json: bool, rate: int | None) -> int:
    """Make a key for the client NAME."""
    from llamakeep import keys

    inventory = _inventory(path, limit, is_here=is_here)
    return _hand_out(keys.add(inventory, name, rate), inventory, as_json=as_json)


@command.command("list")
@fleet_options
def list_(path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Print who has a key, and how old it is."""
    from llamakeep import keys
    from llamakeep.keys import page

    inventory = _inventory(path, limit, is_here=is_here)
    roll = keys.listed(inventory)
    if as_json:
        click.echo(roll.model_dump_json(indent=1))
        return 0
    out = console()
    page.show(roll, out)
    out.print(
        f"\nnext: llamakeep key {'rotate' if roll.clients else 'add'} NAME {hint.fleet(inventory)}", soft_wrap=True
    )
    return 0


@command.command()
@click.argument("name")
@fleet_options
@click.option(
    "--grace",
    type=click.IntRange(1, 365),
    default=None,
    metavar="DAYS",
    help="Let the old key open for so many days more. Without it every older key of the client is void.",
)
def rotate(name: str, path: str | None, is_here: bool, limit: str | None, as_json: bool, grace: int | None) -> int:
    """Make another key for the client NAME."""
    from llamakeep import keys

    inventory = _inventory(path, limit, is_here=is_here)
    return _hand_out(keys.rotate(inventory, name, grace or 0), inventory, as_json=as_json)


@command.command()
@click.argument("name")
@fleet_options
def revoke(name: str, path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Take every key of the client NAME back."""
    from llamakeep import keys

    inventory = _inventory(path, limit, is_here=is_here)
    written = keys.revoke(inventory, name)
    if as_json:
        click.echo(json.dumps({"path": written, "name": name}, indent=1))
        return 0
    out = console()
    out.print(f"✓ {name} has no key any more: {written}", soft_wrap=True)
    out.print(f"  it opens until the gateway has been told\n{_next(inventory)}", soft_wrap=True)
    return 0


def _inventory(path: str | None, limit: str | None, *, is_here: bool) -> str:
    if limit is not None:
        raise Refusal(
            "--limit",
            "a key is for every gateway of the inventory",
            id="limit-not-supported",
            remedy="leave --limit out",
        )
    return inventory_path(path, is_here=is_here)


def _hand_out(issued: "Issued", inventory: str, *, as_json: bool) -> int:
    """Print a key, once: alone on stdout, so that a script can take it; what is for people goes to stderr."""
    from llamakeep.keys import page

    if as_json:
        record = issued.model_dump() | {"key": issued.key.get_secret_value()}
        click.echo(json.dumps(record, indent=1))
        return 0
    err = console(stderr=True)
    page.tell(issued, err)
    click.echo(issued.key.get_secret_value())
    err.print(_next(inventory), soft_wrap=True)
    return 0


def _next(inventory: str) -> str:
    from llamakeep.keys import file

    return f"next: {file.in_force(inventory)}"
