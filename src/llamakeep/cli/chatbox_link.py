"""`llamakeep chatbox-link`: Chatbox on machines that nobody manages."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from pydantic import SecretStr
    from rich.console import Console

    from llamakeep.chatbox import Linked


@click.command()
@click.option("--client", required=True, metavar="NAME", help="The client for whom it is.")
@click.option("--model", default="", metavar="MODEL", help="The model that stands first in the list.")
@click.option("--out", "folder", default=".", metavar="DIR", help="Where the page goes; here, if nothing is said.")
@click.option("--new", "is_new", is_flag=True, help="Make the client and its key: it has none yet.")
@click.option("--rotate", "is_rotated", is_flag=True, help="Make another key for it: the one it had is void.")
@fleet_options
def command(
    client: str,
    model: str,
    folder: str,
    is_new: bool,
    is_rotated: bool,
    path: str | None,
    is_here: bool,
    limit: str | None,
    as_json: bool,
) -> int:
    """Print a link, and a code for phones, by which Chatbox learns of the gateway; write both as a page.

    The client's key is in all three. The inventory knows its hash alone, so the key is asked for, or read from
    standard input; --new and --rotate make one. The link is alone on stdout. The page is for its owner alone: pass it
    on as you would a password.
    """
    from ansible_collections.llamakeep.fleet.plugins.plugin_utils.clients import NAME

    from llamakeep import chatbox
    from llamakeep.chatbox import page
    from llamakeep.keys import change, file

    if limit is not None:
        raise Refusal(
            "--limit", "a link is for the whole inventory", id="limit-not-supported", remedy="leave --limit out"
        )
    if is_new and is_rotated:
        raise click.UsageError("Either --new or --rotate: a client that is new has no key yet.")
    inventory = inventory_path(path, is_here=is_here)
    if not is_new:
        change.known(file.read(inventory), client)
    elif not NAME.fullmatch(client):
        raise Refusal(
            "--client",
            "that is no name for a client",
            id="client-name-invalid",
            expected="letters, digits and . _ -, 63 at most",
        )
    provider = chatbox.provider(inventory, model)
    with chatbox.page_at(Path(folder), client) as (place, write):
        key, is_made = _key(inventory, client, is_new=is_new, is_rotated=is_rotated)
        linked = chatbox.link(inventory, client, provider, key)
        write(page.page(linked))
    step = file.in_force(inventory) if is_made else ""
    _print(linked, place, step, as_json=as_json)
    return 0


def _key(inventory: str, client: str, *, is_new: bool, is_rotated: bool) -> tuple["SecretStr", bool]:
    """Return the client's key, and whether it was made just now."""
    from pydantic import SecretStr

    from llamakeep import keys

    if is_new:
        return keys.add(inventory, client).key, True
    if is_rotated:
        return keys.rotate(inventory, client).key, True
    if sys.stdin.isatty():
        return SecretStr(click.prompt(f"key of {client}", hide_input=True, err=True)), False
    return SecretStr(sys.stdin.read()), False


def _print(linked: "Linked", place: Path, step: str, *, as_json: bool) -> None:
    """Print the link alone on stdout; what is for people goes to stderr."""
    link = linked.link.get_secret_value()
    if as_json:
        secrets = {"link": link, "config": json.loads(linked.config.get_secret_value())}
        click.echo(json.dumps(linked.model_dump() | secrets | {"page": str(place)}, indent=1))
        return
    err = console(stderr=True)
    _draw(linked, err)
    err.print(f"[green]✓[/] [bold]{linked.client}[/] asks {linked.address}", soft_wrap=True)
    err.print(f"  the page, readable by you alone: {place}", soft_wrap=True, markup=False)
    err.print("  all three hold the key: pass them on as you would a password", soft_wrap=True)
    if linked.until:
        err.print(f"  the key is an older one, which opens until the end of {linked.until} (UTC)", soft_wrap=True)
    if linked.root:
        err.print("  its machine must trust the internal CA first: llamakeep ca show", soft_wrap=True)
    click.echo(link)
    err.print(f"next: {step or f'open {place} where Chatbox is'}", soft_wrap=True, markup=False)


def _draw(linked: "Linked", err: "Console") -> None:
    from llamakeep.chatbox import code

    drawn = code.code(linked.link)
    if drawn is None:
        err.print("  the link is too long for a code: the fleet has too many models for one")
    elif err.is_terminal and code.width(drawn) > err.width:
        columns = code.width(drawn)
        err.print(f"  this terminal is too narrow for the code ({columns} columns): it is on the page")
    else:
        err.print(code.on_terminal(drawn))
