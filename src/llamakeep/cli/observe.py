"""`llamakeep observe`: what the hosts are."""

from pathlib import Path

import click

from llamakeep.cli.options import console, fleet_options, inventory_path


@click.command()
@fleet_options
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Look at every host at once, and change nothing.

    Exit codes: 0 every host was seen, 1 some could not be reached, 2 none could.
    """
    from llamakeep import inventory, observe, runs
    from llamakeep.observe import page

    name = inventory_path(path, is_here=is_here)
    fleet = inventory.load(name, limit)
    observation = observe.look(fleet)
    run = runs.Run(Path("runs"))
    run.save("inventory", fleet)
    run.save("observe", observation)
    if as_json:
        click.echo(observation.model_dump_json(indent=1))
    else:
        out = console()
        page.show(observation, out)
        chosen = f" --limit {limit}" if limit else ""
        out.print(f"next: llamakeep plan {'--here' if is_here else f'-i {name}'}{chosen}", soft_wrap=True)
    reached = [host.reachable for host in observation.hosts]
    return 0 if all(reached) else 1 if any(reached) else 2
