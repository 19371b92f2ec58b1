"""The options that the verbs share, each described once."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

_WIDE = 160  # columns, where the output is no terminal

_Command = Callable[..., Any]


def fleet_options(function: _Command) -> _Command:
    """Give a verb `path`, `is_here`, `limit` and `as_json`; a vault's password file goes where Ansible looks."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, and nothing else."),
        click.option(
            "--vault-password-file",
            metavar="FILE",
            expose_value=False,
            callback=_password_file,
            help="The file with the password of Ansible's vault.",
        ),
        click.option("--limit", metavar="PATTERN", help="These hosts only, by a pattern as Ansible takes it."),
        click.option("--here", "is_here", is_flag=True, help="The machine you sit at, instead of an inventory."),
        click.option("-i", "--inventory", "path", metavar="PATH", help="An Ansible inventory: a file or a folder."),
    ):
        function = option(function)
    return function


def inventory_path(path: str | None, *, is_here: bool) -> str:
    """Return the path of the inventory that the operator means."""
    if is_here:
        from llamakeep import here

        return str(here.folder())
    if path is None:
        raise click.UsageError("Which fleet? -i PATH, or --here for the machine you sit at.")
    return path


def console(*, stderr: bool = False) -> Console:
    """Return where a verb prints; without a terminal lines are long rather than broken."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _WIDE, highlight=False)


def _password_file(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    """Tell Ansible, in whichever process it runs, where the password is; the password itself is not read."""
    if value is not None:
        os.environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(Path(value).absolute())
