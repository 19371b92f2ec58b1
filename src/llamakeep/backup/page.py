"""Backups on a terminal."""

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.backup.record import Backup, Expected, Restored, Round, Shelf

NOTHING = "\N{EN DASH}"
_REASONS = {
    "hand": "by hand",
    "schedule": "by schedule",
    "version": "before another version",
    "restore": "before a restore",
}


def show_round(done: Round, console: Console) -> None:
    """Print what was made, and where it lies."""
    for one in done.taken:
        console.print(
            Text.assemble(("✓ ", "green"), (one.on, "bold"), f"  {_said(one.backup)}"), soft_wrap=True, highlight=False
        )
        console.print(f"    {one.path}", soft_wrap=True, markup=False)
        if one.brought:
            console.print(f"    {one.brought}  (here; sha256 {one.sha256})", soft_wrap=True, markup=False)
    for fault in done.faults:
        text = fault.message.removeprefix(f"{fault.on}: ")
        console.print(Text.assemble(("✗ ", "red"), (fault.on, "bold"), f"  {text}"), soft_wrap=True)


def show_shelf(shelf: Shelf, console: Console) -> None:
    """Print the backups of one host."""
    count = len(shelf.backups)
    console.print(f"{shelf.on} · {count} backup{'' if count == 1 else 's'}\n", style="bold")
    if not count:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "made", "made", "size", "version", "users", "chats"):
        table.add_column(heading, overflow="fold")
    table.columns[2].header = "why"
    for one in shelf.backups:
        table.add_row(Text(one.name), *_cells(one))
    console.print(table)


def show_expected(expected: Expected, host: str, console: Console) -> None:
    """Print what a restore would bring, and what it would replace."""
    console.print(f"brings     {_said(expected.backup)}, of {expected.backup.made}", soft_wrap=True, markup=False)
    now = f"{_number(expected.users)} users and {_number(expected.chats)} chats of Open WebUI {expected.version}"
    console.print(f"replaces   {now} on {host}; a backup of these is made first", soft_wrap=True, markup=False)


def show_restored(done: Restored, console: Console) -> None:
    """Print what is there now."""
    console.print(Text.assemble(("✓ ", "green"), (done.on, "bold"), f"  answers with {_said(done.backup)}"))
    if done.safety:
        console.print(f"    what was there before: {done.safety}", soft_wrap=True, markup=False)
    if done.left:
        console.print(f"    could not be removed: {done.left}", soft_wrap=True, markup=False)


def _said(one: Backup) -> str:
    users, chats = _number(one.users), _number(one.chats)
    return f"{one.name}: {readable(one.size)}, {users} users, {chats} chats, Open WebUI {one.version}"


def _cells(one: Backup) -> tuple[Text | str, ...]:
    if one.fault:
        return Text(one.fault.partition(": ")[2], style="red"), "", readable(one.size), "", "", ""
    why = _REASONS.get(one.reason, one.reason)
    return one.made, why, readable(one.size), one.version, _number(one.users), _number(one.chats)


def _number(count: int | None) -> str:
    return NOTHING if count is None else str(count)
