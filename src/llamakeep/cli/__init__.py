"""The command line: one module per verb, loaded only when it is called."""

import importlib
import sys
from typing import TYPE_CHECKING, override

import click

from llamakeep import __version__
from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

VERBS = (
    "show",
    "observe",
    "plan",
    "up",
    "verify",
    "report",
    "backup",
    "restore",
    "lock",
    "key",
    "ca",
    "client-cert",
    "chatbox-link",
)
ADDED = "llamakeep.verbs"  # entry points of other distributions, such as the lab's


class Verbs(click.Group):
    """Finds each verb in the module of its own name."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the flow."""
        return [*VERBS, *(point.name for point in _added())]

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one verb and return its command."""
        command: click.Command
        if cmd_name in VERBS:
            command = importlib.import_module(f"llamakeep.cli.{cmd_name.replace('-', '_')}").command
            return command
        for point in _added().select(name=cmd_name):
            command = point.load()
            return command
        if cmd_name == "lab":
            raise Refusal("lab", "is not installed", id="lab-not-installed", remedy="pip install 'llamakeep[lab]'")
        return None


def _added() -> "EntryPoints":
    """Return the verbs that other distributions bring; to look for them reads the names of all that are installed."""
    from importlib.metadata import entry_points

    return entry_points(group=ADDED)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="llamakeep")
def llamakeep() -> None:
    """Private AI servers from bare hosts: look, plan, converge, verify, report.

    Exit codes: 0 all is as wanted, 1 something is not, 2 it could not be carried out.
    """


def main() -> int:
    """Run one verb; print a refusal with its code, never a traceback."""
    try:
        outcome = llamakeep.main(prog_name="llamakeep", standalone_mode=False)
    except Refusal as refusal:
        click.echo(f"llamakeep: {refusal.coded}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except OSError as error:
        what = error.filename or "llamakeep"
        click.echo(f"llamakeep: {what}: {error.strerror or error}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("llamakeep: stopped by hand; what was done stays, the next run goes on from there", err=True)
        return 2
    return outcome if isinstance(outcome, int) else 0


if __name__ == "__main__":
    sys.exit(main())
