"""The options that the verbs share, each described once."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llamakeep.errors import Refusal

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 160  # columns, where the output is no terminal

_Command = Callable[..., Any]


def state_option(function: _Command) -> _Command:
    """Let a verb be told where the kit remembers what it did; it is handed on by the variable."""
    return click.option(
        "--state",
        metavar="DIR",
        expose_value=False,
        callback=_state,
        help="Remember runs and hosts in this folder, in place of .llamakeep beside the inventory.",
    )(function)


def fleet_options(function: _Command) -> _Command:
    """Give a verb `path`, `is_here`, `limit` and `as_json`; a vault's password file goes where Ansible looks."""
    for option in (
        state_option,
        click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, and nothing else."),
        click.option(
            "--vault-password-file",
            metavar="FILE",
            expose_value=False,
            callback=_password_file,
            help="The file with the password of Ansible's vault.",
        ),
        click.option(
            "--limit",
            metavar="PATTERN",
            callback=_pattern,
            help="These hosts only, by a pattern as Ansible takes it.",
        ),
        click.option("--here", "is_here", is_flag=True, help="The machine you sit at, instead of an inventory."),
        click.option("-i", "--inventory", "path", metavar="PATH", help="An Ansible inventory: a file or a folder."),
    ):
        function = option(function)
    return function


def inventory_path(path: str | None, *, is_here: bool) -> str:
    """Return the path of the inventory that the operator means."""
    if is_here:
        from llamakeep import local_inventory

        if path is not None:
            raise click.UsageError("Either -i PATH or --here, not both.")
        place = local_inventory.folder()
        if not place.exists():
            raise Refusal(
                "--here",
                f"there is no inventory of this machine yet ({place})",
                id="local-inventory-missing",
                remedy="llamakeep up --here makes it",
            )
        return str(place)
    if path is None:
        raise click.UsageError("missing -i INVENTORY (or --here for this machine)")
    return path


def console(*, stderr: bool = False) -> "Console":
    """Return where a verb prints; without a terminal lines are long rather than broken."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _WIDE, highlight=False)


def tell(note: str) -> None:
    """Say on stderr what the operator should know beside the answer; nothing where there is nothing to say."""
    if note:
        click.echo(f"note: {note}", err=True)


def _pattern(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Refuse a pattern without a word: a variable of a script that is empty does not mean every host."""
    if value is not None and not value.strip(" ,:"):
        raise click.UsageError("--limit is empty: name hosts or groups, or leave it out for every host.")
    return value


def _state(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    """Name the folder of what is remembered, as the variable does."""
    if value is not None:
        from llamakeep import state

        os.environ[state.VARIABLE] = str(Path(value).absolute())


def _password_file(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    """Tell Ansible, in whichever process it runs, where the password is; the password itself is not read."""
    if value is not None:
        os.environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(Path(value).absolute())
