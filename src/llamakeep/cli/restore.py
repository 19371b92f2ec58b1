"""`llamakeep restore`: a chat from a backup."""

import sys

import click

from llamakeep import hint
from llamakeep.cli.options import console, fleet_options, inventory_path
from llamakeep.errors import Refusal


@click.command()
@fleet_options
@click.option("--host", "name", required=True, metavar="HOST", help="The chat that is to be restored.")
@click.option("--list", "only_list", is_flag=True, help="Print the backups that lie on the host, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("archive", required=False)
def command(
    path: str | None,
    is_here: bool,
    limit: str | None,
    as_json: bool,
    name: str,
    only_list: bool,
    yes: bool,
    archive: str | None,
) -> int:
    """Restore a chat from ARCHIVE: a file of this machine, or the name of a backup on the host.

    All of it is checked before anything is touched. What is there now is backed up first, and is back where the chat
    does not answer with what was restored. The archive may be of another host: the key that signs sessions comes with
    it. It may be of an older version, and never of one newer than the one that the host runs.
    """
    from llamakeep import backup, inventory
    from llamakeep.backup import page
    from llamakeep.backup.line import PutBack

    if limit is not None:
        raise Refusal(
            "--limit",
            "a restore is for one chat",
            id="limit-not-supported",
            remedy="leave --limit out: --host names it",
        )
    place = inventory_path(path, is_here=is_here)
    host = backup.chat_host(inventory.load(place), name)
    out = console()
    if only_list or archive is None:
        shelf = backup.listed(host)
        if as_json:
            click.echo(shelf.model_dump_json(indent=1))
        else:
            page.show_shelf(shelf, out)
            out.print(f"\nnext: llamakeep restore {hint.fleet(place)} --host {name} NAME", soft_wrap=True)
        return 0
    there = backup.upload(host, archive)
    expected = backup.expect(host, there)
    if not yes:
        page.show_expected(expected, name, console(stderr=True))
        _refuse_unasked(as_json=as_json)
        if not click.confirm("restore it?", err=True):
            click.echo("nothing was touched", err=True)
            return 1
    try:
        done = backup.restore(host, there)
    except PutBack as failure:
        click.echo(f"llamakeep: {failure}", err=True)
        return 1
    if as_json:
        click.echo(done.model_dump_json(indent=1))
    else:
        page.show_restored(done, out)
        out.print(f"\nnext: llamakeep verify {hint.fleet(place)} --limit {name}", soft_wrap=True)
    return 0


def _refuse_unasked(*, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise Refusal(
            "restore",
            "there is nobody to ask",
            id="confirmation-required",
            remedy="--yes restores without asking; nothing was touched",
        )
