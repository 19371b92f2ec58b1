"""`llamakeep observe`: what the hosts are."""

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path, tell


@click.command()
@fleet_options
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool) -> int:
    """Look at every host at once, say which cannot serve, and change nothing.

    Exit codes: 0 every host was seen and can serve, 1 some could not be reached or cannot, 2 none was reached.
    """
    from llamakeep import inventory, observe, plan, state
    from llamakeep.observe import page
    from llamakeep.plan import page as plan_page

    name = inventory_path(path, is_here=is_here)
    observe.start()
    fleet = inventory.load(name, limit)
    observation = observe.look(fleet)
    planned = plan.compare(fleet, observation)
    tell(state.keep(name, {"inventory": fleet, "observe": observation}).note)
    refused = sum(host.state == "blocked" and observation.host(host.host).reachable for host in planned.hosts)
    if as_json:
        click.echo(observation.model_dump_json(indent=1))
    else:
        out = console()
        page.show(observation, out, [host.host for host in planned.hosts])
        plan_page.refusals(planned, out)
        out.print(page.count(observation, refused), style="bold")
        if observation.newest_ollama is not None:
            out.print(page.newest_known(observation.newest_ollama), style="dim", soft_wrap=True)
        chosen = f" --limit {limit}" if limit else ""
        out.print(f"next: llamakeep plan {hint.fleet(name, is_here=is_here)}{chosen}", soft_wrap=True)
    reached = [host.reachable for host in observation.hosts]
    if not any(reached):
        return 2
    return 0 if all(reached) and not refused else 1
