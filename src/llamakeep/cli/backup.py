"""`llamakeep backup`: every chat of an inventory, now."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path

if TYPE_CHECKING:
    from llamakeep.backup.record import Round


@click.command()
@fleet_options
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Bring the archives to this folder of the machine you sit at, too.",
)
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool, folder: Path | None) -> int:
    """Back every chat up while it is in use: users, chats, files, and the key that signs sessions.

    An archive lies on its host, for root alone. It holds all that people wrote: keep a copy where only you can read.
    """
    from llamakeep import backup, inventory
    from llamakeep.backup import page

    name = inventory_path(path, is_here=is_here)
    done = backup.take(inventory.load(name, limit), folder)
    if as_json:
        click.echo(done.model_dump_json(indent=1))
    else:
        out = console()
        page.show_round(done, out)
        out.print(f"\nnext: {_next(name, done)}", soft_wrap=True)
    return (1 if done.taken else 2) if done.faults else 0


def _next(inventory: str, done: "Round") -> str:
    if done.faults:
        return f"llamakeep observe {hint.fleet(inventory)} --limit {','.join(fault.on for fault in done.faults)}"
    if brought := next((one for one in done.taken if one.brought), None):
        return f"llamakeep restore {hint.fleet(inventory)} --host {brought.on} {brought.brought}"
    return f"llamakeep restore {hint.fleet(inventory)} --host {done.taken[0].on} --list"
