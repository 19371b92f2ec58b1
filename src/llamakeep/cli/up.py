"""`llamakeep up`: all six stages, from the inventory to proven hosts."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from llamakeep.inventory.fleet import Fleet


@click.command()
@fleet_options
@click.option("--all", "everything", is_flag=True, help="Converge every host, also those that are as wanted.")
@click.option("--deep", is_flag=True, help="Hash every blob of every model again when verifying.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="With --here: a model to have, as mistral:7b.")
@click.option("--source", "sources", multiple=True, metavar="URL", help="With --here: a registry to try first.")
@click.option(
    "--ollama-archive",
    "archive",
    type=click.Path(path_type=Path),
    help="With --here: a release archive that lies on this machine.",
)
@click.option("--ollama-version", "version", metavar="V", help="With --here: the release to install.")
def command(
    path: str | None,
    is_here: bool,
    limit: str | None,
    as_json: bool,
    everything: bool,
    deep: bool,
    **choices: Any,
) -> int:
    """Make every host of an inventory a private AI server, and prove it.

    Looks first, converges only the hosts that differ, verifies all of them, and writes a report. A second run
    changes nothing. A host that fails stops no other.
    """
    from llamakeep import inventory, observe, pipeline

    name = _here(path, choices) if is_here else _elsewhere(path, choices)
    observe.start()
    # The hosts beyond the limit are read all the same: some of them may be let in at the doors.
    fleet, chosen = _pinned(name, limit) if is_here else inventory.choose(name, limit)
    # With --json what is for people goes to stderr; stdout holds the record alone.
    outcome = pipeline.run(
        fleet, console(stderr=as_json), only=chosen if limit else None, everything=everything, deep=deep
    )
    if as_json:
        click.echo(outcome.report.read_text(encoding="utf-8").rstrip())
    return outcome.code


def _here(path: str | None, choices: dict[str, Any]) -> str:
    """Return the inventory of this machine, with what was chosen brought in."""
    from llamakeep import local_inventory

    if path is not None:
        raise click.UsageError("Either -i PATH or --here, not both.")
    return str(local_inventory.prepare(local_inventory.folder(), **choices))


def _pinned(name: str, limit: str | None) -> "tuple[Fleet, frozenset[str]]":
    """Return the fleet, and who is chosen; this verb alone keeps the lock: what that lacks is brought first."""
    from llamakeep import inventory, lock

    try:
        fleet, chosen = inventory.choose(name, limit)
    except Refusal as refusal:
        if not any(one.id == "model-not-locked" for one in refusal.all):
            raise
    else:
        if all(model.dimensions is not None for model in fleet.lock.models.values()):
            return fleet, chosen
    lock.extend(name)
    return inventory.choose(name, limit)


def _elsewhere(path: str | None, choices: dict[str, Any]) -> str:
    """Return the inventory that was named; what goes with --here is refused, not passed over."""
    if given := [name for name, value in choices.items() if value]:
        raise click.UsageError(f"{', '.join(given)}: only with --here; an inventory says it by a variable.")
    return inventory_path(path, is_here=False)
