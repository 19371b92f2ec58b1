"""`llamakeep report`: the latest run, or a named one, as a table, a page, JSON and JUnit."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console

if TYPE_CHECKING:
    from rich.console import Console

    from llamakeep.report.summary import Report
    from llamakeep.verify.check import Verdict

_RUNS = Path("runs")
_STYLES = {"proven": "green", "as wanted": "green", "no claims": "dim", "to change": "yellow"}


@click.command()
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("-i", "--inventory", metavar="PATH", help="The latest run of this inventory.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else.")
def command(run: Path | None, inventory: str | None, as_json: bool) -> int:
    """Show what a run found and did. RUN is its folder below runs/; without one, the latest."""
    from rich.text import Text

    from llamakeep import report
    from llamakeep.report import compose, records

    folder = run or records.latest(_RUNS, inventory)
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
    out.print(Text(f"next: {_next(whole)}"), soft_wrap=True)
    return whole.code


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


def _next(whole: "Report") -> str:
    if whole.code == 0:
        return f"xdg-open runs/{whole.run}/report.html"
    verb = "up" if "verify" not in whole.missing or any(host.changes for host in whole.hosts) else "verify"
    return f"llamakeep {verb} {hint.fleet(whole.inventory)}"
