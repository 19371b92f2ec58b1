"""A fleet on a terminal: who is in it, what each host should be, and where that is written."""

import json
from datetime import UTC, date, datetime

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.inventory import front_page as front
from llamakeep.inventory.concealed import redact
from llamakeep.inventory.door_words import door_words
from llamakeep.inventory.fleet import Fleet, Host
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels

NOTHING = "\N{EN DASH}"


_ELSEWHERE = {"lock": "llamakeep.lock", "fleet": "the rest of the inventory"}


def show(fleet: Fleet, console: Console, host: str | None = None, today: date | None = None) -> None:
    """Print a fleet; with `host` every input of that one, and its place. `today` is in UTC: keys have an age."""
    count = len(fleet.hosts)
    console.print(f"{fleet.inventory} · {count} host{'s' if count != 1 else ''}\n", style="bold", soft_wrap=True)
    if host is not None:
        console.print(_inputs(fleet.host(host)))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "groups", "reached at", "ollama", "network", "door", "models", "size"):
        table.add_column(heading, no_wrap=heading == "")
    for one in fleet.hosts:
        table.add_row(Text(one.name, style="bold"), ", ".join(one.groups), _way(one), *_wanted(one))
    console.print(table)
    gateways = front.gateways(fleet.hosts, today or datetime.now(UTC).date())
    for part in (front.chats(fleet.hosts), gateways, front.desktops(fleet.hosts)):
        if part.row_count:
            console.print()
            console.print(part)


def _way(host: Host) -> str:
    """Return how the host is reached."""
    connection = host.connection
    if connection.kind != "ssh":
        return connection.kind
    user = f"{connection.user}@" if connection.user else ""
    port = f":{connection.port}" if connection.port != 22 else ""
    return f"{user}{connection.address}{port}"


def _wanted(host: Host) -> tuple[str, ...]:
    wanted = host.service(WantedOllama)
    if wanted is None:
        return (NOTHING,) * 5
    having = host.service(WantedModels)
    models = having.models if having is not None else ()
    size = sum(model.size for model in models)
    return (
        wanted.version,
        "sealed" if wanted.sealed else "open",
        door_words(wanted.door),
        ", ".join(model.name for model in models) or NOTHING,
        readable(size) if size else NOTHING,
    )


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
    if name == "lock:ollama" and isinstance(value, dict):
        return ", ".join(f"{platform} {archive['sha256'][:12]}…" for platform, archive in value.items())
    if name == "fleet:leads_to" and isinstance(value, dict):
        return ", ".join(f"{len(value[part])} {part}" for part in ("hosts", "models", "chats"))
    if name == "fleet:chats_at" and isinstance(value, dict):
        provider = value["provider"]
        return f"{provider.get('address', 'nobody')}, {len(provider.get('models', ()))} models"
    return value if isinstance(value, str) else json.dumps(value)
