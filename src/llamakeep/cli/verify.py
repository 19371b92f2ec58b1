"""`llamakeep verify`: every claim about every host, checked on the hosts and from outside."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path, tell

if TYPE_CHECKING:
    from rich.console import Console

    from llamakeep.verify.check import Verdict


@click.command()
@fleet_options
@click.option("--deep", is_flag=True, help="Hash every blob of every model again.")
def command(path: str | None, is_here: bool, limit: str | None, as_json: bool, deep: bool) -> int:
    """Show that every host is a private AI server, or say where it is not one.

    The claims are checked on the hosts, by a real question to a model, and by probes from outside: from
    this machine and from every host of the group `untrusted`. A gateway is called from here too, without a key
    and at its addresses: no name has to lead there yet. Nothing is changed.
    """
    from llamakeep import inventory, observe, report, state, verify

    name = inventory_path(path, is_here=is_here)
    with console(stderr=True).status("verifying"):  # draws nothing where stderr is no terminal
        observe.start()
        # The hosts beyond the limit are read all the same: untrusted hosts and allowed clients probe from there.
        fleet, chosen = inventory.choose(name, limit)
        verdict = verify.run(fleet, deep=deep, only=chosen if limit else None)
    kept = state.keep(name, {"inventory": fleet, "verify": verdict})
    tell(kept.note)
    page = report.write(kept.folder).html if kept.folder is not None else None
    if as_json:
        click.echo(verdict.model_dump_json(indent=1))
    else:
        _print(console(), verdict, page, _next(verdict, hint.fleet(name, is_here=is_here), limit))
    return code(verdict)


def code(verdict: "Verdict") -> int:
    """Return 0 where all holds, 1 where something does not, 2 where it could not be checked."""
    if verdict.holds:
        return 0
    wrong = [check for check in verdict.checks if not check.holds]
    return 2 if wrong and not any(check.checked for check in wrong) else 1


def _print(out: "Console", verdict: "Verdict", html: Path | None, following: str) -> None:
    from rich.text import Text

    from llamakeep.verify.table import count, failures, table

    out.print(Text(f"{verdict.inventory} · verified in {verdict.seconds:.1f} s\n", "bold"))
    if verdict.checks:
        out.print(table(verdict))
        out.print()
    else:
        groups = "llm_hosts, chat_hosts, gateway_hosts or desktop_hosts"
        out.print(Text(f"✗ no claim was made: none of these hosts is in {groups}", "bold red"))
    for line in failures(verdict):
        out.print(line, soft_wrap=True)
    for note in verdict.notes:
        out.print(Text(f"note: {note}", "dim"), soft_wrap=True)
    out.print(Text(count(verdict) + (f" · report: {html}" if html else "")), soft_wrap=True)
    out.print(Text(f"next: {following}"), soft_wrap=True)


def _next(verdict: "Verdict", which: str, limit: str | None) -> str:
    if verdict.holds:
        return f"llamakeep report {which}"
    chosen = f"{which} --limit {limit}" if limit else which
    verb = "show" if not verdict.checks else "up" if code(verdict) == 1 else "observe"
    return f"llamakeep {verb} {chosen}"
