"""`llamakeep lock`: every model that the inventory names, resolved to digests and sizes."""

from pathlib import Path

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal


@click.command()
@fleet_options
@click.option("--upgrade", multiple=True, metavar="NAME", help="Move this model to what its tag means today.")
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool, upgrade: tuple[str, ...]) -> int:
    """Write llamakeep.lock beside the inventory: what exactly a rollout installs.

    Models that the lock lacks are resolved at the first of ollama_models_sources that has them; where none are
    named, at registry.ollama.ai. Models that it has stay as they are, until they are named by --upgrade.

    What a memory estimate needs is read from the first megabytes of each model's file, once.
    """
    from llamakeep.lock import extend, file, page

    if limit is not None:
        raise Refusal(
            "--limit", "a lock is for the whole inventory", id="limit-not-supported", remedy="leave --limit out"
        )
    inventory = inventory_path(path, is_here=is_here)
    moves = extend(inventory, upgrade)
    if as_json:
        click.echo(moves.model_dump_json(indent=1))
        return 0
    out = console()
    page.show(moves, out, len(file.read_own(Path(moves.path)).models))
    out.print(f"next: llamakeep plan {hint.fleet(inventory, is_here=is_here)}", soft_wrap=True)
    return 0
