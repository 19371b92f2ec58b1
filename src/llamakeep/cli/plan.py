"""`llamakeep plan`: what would change, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.cli.show import refuse_stranger

if TYPE_CHECKING:
    from llamakeep.observe.seen import Observation


@click.command()
@fleet_options
@click.option("--host", metavar="NAME", help="The plan of this host, in full.")
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool, host: str | None) -> int:
    """Hold what the inventory wants against what the hosts are, and change nothing.

    Exit codes: 0 all is as wanted, 1 something would change or cannot, 2 no host could be reached.
    """
    from llamakeep import inventory, observe, plan, runs
    from llamakeep.plan import page

    name = inventory_path(path, is_here=is_here)
    fleet = inventory.load(name, limit)
    if host is not None:
        refuse_stranger(host, [one.name for one in fleet.hosts if one.is_llm])
        fleet = fleet.model_copy(update={"hosts": (fleet.host(host),)})
    observation = observe.look(fleet)
    found = plan.compare(fleet, observation)
    run = runs.Run(Path("runs"))
    run.save("inventory", fleet)
    run.save("observe", observation)
    run.save("plan", found)
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    else:
        out = console()
        page.show(found, out, host)
        arguments = "--here" if is_here else f"-i {name}"
        only = host or limit
        out.print(
            f"next: {page.following(found, f'{arguments} --limit {only}' if only else arguments)}", soft_wrap=True
        )
    if all(one.state == "as wanted" for one in found.hosts):
        return 0
    return 1 if _any_reached(observation, [one.host for one in found.hosts]) else 2


def _any_reached(observation: "Observation", names: list[str]) -> bool:
    return any(observation.host(name).reachable for name in names)
