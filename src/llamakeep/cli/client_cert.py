"""`llamakeep client-cert`: a certificate for a program outside of the fleet."""

from pathlib import Path

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal


@click.command()
@click.argument("name")
@fleet_options
@click.option(
    "--to", "folder", metavar="FOLDER", default=".", help="Where to write its files; without it here, where you are."
)
def command(
    name: str, path: str | None, is_here: bool, limit: str | None, as_json: bool, folder: str
) -> int:  # fmt: skip
    """Make a certificate for the program on NAME, a host of the inventory that no role of the kit manages.

    For programs that ask at a door in the network: NAME is in a group that ollama_api_groups names. NAME.pem holds the
    key and the certificate, for a year; fleet-roots.pem says whom the program may trust.
    """
    from llamakeep.ca import client

    if limit is not None:
        raise Refusal("--limit", "one certificate is for one program", id="limit-not-supported", remedy="leave it out")
    inventory = inventory_path(path, is_here=is_here)
    made = client.make(inventory, name, Path(folder))
    if as_json:
        import json

        ends = [end._asdict() for end in made.endpoints]
        click.echo(json.dumps({"certificate": str(made.path), "roots": str(made.roots), "endpoints": ends}, indent=1))
        return 0
    out = console()
    out.print(f"key and certificate: {made.path}, for its owner alone", soft_wrap=True, markup=False)
    out.print(f"whom it trusts:      {made.roots}", soft_wrap=True, markup=False)
    for end in made.endpoints:
        at = f"{end.name}:{end.port}:{f'[{end.address}]' if ':' in end.address else end.address}"
        shown = (
            f"curl --cert {made.path} --cacert {made.roots} --resolve {at} https://{end.name}:{end.port}/api/version"
        )
        out.print(f"  {shown}", soft_wrap=True, markup=False, highlight=False)
    out.print(f"\nnext: llamakeep plan {hint.fleet(inventory)}", soft_wrap=True)
    return 0
