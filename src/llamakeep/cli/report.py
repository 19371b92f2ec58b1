"""`llamakeep report`: the latest run, or a named one, as a table, a page, JSON and JUnit."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, inventory_path, state_option

if TYPE_CHECKING:
    from rich.console import Console

    from llamakeep.report.summary import Report
    from llamakeep.verify.check import Verdict

_STYLES = {"proven": "green", "as wanted": "green", "no claims": "dim", "to change": "yellow"}


@click.command()
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("-i", "--inventory", metavar="PATH", help="The latest run of this inventory.")
@click.option("--here", "is_here", is_flag=True, help="The latest run of the machine you sit at.")
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else.")
def command(run: Path | None, inventory: str | None, is_here: bool, as_json: bool) -> int:
    """Show what a run found and did. RUN is its folder, one of .llamakeep/runs/; without one, the latest."""
    from rich.text import Text

    from llamakeep import report
    from llamakeep.report import compose, records

    folder = run or _latest(inventory_path(inventory, is_here=is_here))
    found = records.read(folder)
    paths = report.write(folder)
    whole = compose.compose(found)
    if as_json:
        click.echo(whole.model_dump_json(indent=1))
        return whole.code
    out = console()
    _print(out, whole, found.verdict)
    for path in paths:
        out.print(Text(f"  {path}"), soft_wrap=True)
    out.print(Text(f"next: {_next(whole, paths.html)}"), soft_wrap=True)
    return whole.code


def _latest(inventory: str) -> Path:
    from llamakeep import state
    from llamakeep.report import records

    return records.latest(state.home(inventory) / "runs", inventory)


def _print(out: "Console", whole: "Report", verdict: "Verdict | None") -> None:
    from rich.text import Text

    from llamakeep.verify.table import count, failures, table

    out.print(Text(f"{whole.inventory} · {len(whole.hosts)} hosts · run {whole.run}\n", "bold"))
    for host in whole.hosts:
        played = f"  simulated: {'; '.join(host.simulated)}" if host.simulated else ""
        out.print(Text.assemble(f"{host.name}  ", (host.state, _STYLES.get(host.state, "red")), (played, "dim")))
    out.print()
    if verdict is not None:
        out.print(table(verdict))
        out.print()
        for line in failures(verdict):
            out.print(line, soft_wrap=True)
        out.print(Text(count(verdict)))
    for stage in whole.missing:
        out.print(Text(f"no record of {stage}", "dim"))
    for note in whole.notes:
        out.print(Text(f"note: {note}", "dim"), soft_wrap=True)


def _next(whole: "Report", page: Path) -> str:
    if whole.code == 0:
        return f"xdg-open {shlex.quote(str(page))}"
    verb = "up" if "verify" not in whole.missing or any(host.changes for host in whole.hosts) else "verify"
    return f"llamakeep {verb} {hint.fleet(whole.inventory)}"
