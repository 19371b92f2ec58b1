"""`llamakeep show`: what the inventory wants."""

import difflib

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path, tell
from llamakeep.errors import Refusal


@click.command()
@fleet_options
@click.option("--host", metavar="NAME", help="Every setting of this host, with the place where it is written.")
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool, host: str | None) -> int:
    """Print the fleet that the inventory describes, or refuse it with everything that is wrong.

    No host is asked. Secrets are struck out.
    """
    from llamakeep import inventory

    name = inventory_path(path, is_here=is_here)
    fleet = inventory.load(name, limit, meanwhile="llamakeep.inventory.page")
    from llamakeep import state
    from llamakeep.inventory import page

    tell(state.keep(name, {"inventory": fleet}).note)
    if host is not None:
        refuse_unknown(host, [one.name for one in fleet.hosts])
    if as_json:
        chosen = fleet if host is None else fleet.host(host)
        click.echo(chosen.model_dump_json(indent=1))
        return 0
    out = console()
    page.show(fleet, out, host)
    out.print(f"\nnext: llamakeep plan {hint.fleet(name, is_here=is_here)}", soft_wrap=True)
    return 0


def refuse_unknown(host: str, names: list[str]) -> None:
    """Refuse the name of a host that is not among those of the inventory."""
    if host not in names:
        near = difflib.get_close_matches(host, names, n=1)
        raise Refusal(
            f"--host {host}",
            "the inventory has no such host",
            id="host-unknown",
            remedy=f"did you mean {near[0]}?" if near else f"its hosts: {', '.join(names[:10])}",
        )
