"""A fleet on a terminal: who is in it, what each host should be, and where that is written."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.inventory.concealed import redact
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.inventory.stage import WantedStage, stages
from llamakeep.inventory.wanted import Wanted
from llamakeep.inventory.words import NOTHING

_ELSEWHERE = {"lock": "llamakeep.lock", "fleet": "the rest of the inventory"}


def show(fleet: Fleet, console: Console, host: str | None = None, today: date | None = None) -> None:
    """Print a fleet; with `host` every input of that one, and its place. `today` is in UTC: keys have an age."""
    count = len(fleet.hosts)
    console.print(f"{fleet.inventory} · {count} host{'s' if count != 1 else ''}\n", style="bold", soft_wrap=True)
    if host is not None:
        console.print(_inputs(fleet.host(host)))
        return
    console.print(_hosts(fleet.hosts))
    day = today or datetime.now(UTC).date()
    for name, stage in stages().items():
        having = [one for one in fleet.hosts if name in one.services]
        if stage.table and having:
            console.print()
            console.print(_own(name, stage, having, day))


def _hosts(hosts: Iterable[Host]) -> Table:
    """Return one row for each host."""
    parts = {name: stage for name, stage in stages().items() if stage.columns}
    table = _table("", "groups", "reached at", *(heading for stage in parts.values() for heading in stage.columns))
    for host in hosts:
        cells = [_cells(stage, host.services.get(name)) for name, stage in parts.items()]
        table.add_row(Text(host.name, style="bold"), ", ".join(host.groups), _way(host), *chain(*cells))
    return table


def _cells(stage: WantedStage[Any], wanted: Wanted | None) -> tuple[str, ...]:
    """Return the columns of one service; a dash stands for what a host does not have."""
    return (NOTHING,) * len(stage.columns) if wanted is None else stage.cells(wanted)


def _own(name: str, stage: WantedStage[Any], hosts: Iterable[Host], today: date) -> Table:
    """Return the table of one service, a row for each host that has it."""
    table = _table(*stage.table)
    for host in hosts:
        table.add_row(Text(host.name, style="bold"), *map(Text, stage.row(host.services[name], today)))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0)
    return table


def _way(host: Host) -> str:
    """Return how the host is reached."""
    connection = host.connection
    if connection.kind != "ssh":
        return connection.kind
    user = f"{connection.user}@" if connection.user else ""
    port = f":{connection.port}" if connection.port != 22 else ""
    return f"{user}{connection.address}{port}"


def _inputs(host: Host) -> Table:
    """Return every input of a host with its value and its place; secrets are struck out."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in (host.name, "value", "written in"):
        table.add_column(heading)
    for name, value in sorted(redact(host.inputs).items()):
        place = _ELSEWHERE.get(name.partition(":")[0]) or host.places.get(name, "default")
        style = "dim" if place == "default" else ""
        table.add_row(Text(name, style=style), Text(_short(name, value), style=style), Text(place, style=style))
    return table


def _short(name: str, value: object) -> str:
    said = next(filter(None, (stage.input_in_short(name, value) for stage in stages().values())), "")
    return said or (value if isinstance(value, str) else json.dumps(value))
