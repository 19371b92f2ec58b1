"""Who has a key, on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llamakeep.keys.issue import Issued, Listed, Roll

NOTHING = "\N{EN DASH}"


def show(roll: Roll, console: Console) -> None:
    """Print every client with the age of its key."""
    count = len(roll.clients)
    console.print(f"{roll.path} · {count} client{'s' if count != 1 else ''}\n", style="bold", soft_wrap=True)
    if not roll.clients:
        console.print("nobody has a key")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("client", "key of", "age", "requests a minute", "older key until"):
        table.add_column(heading)
    for client in roll.clients:
        table.add_row(Text(client.name, style="bold"), *_cells(client))
    console.print(table)


def _cells(client: Listed) -> tuple[str, ...]:
    rate = str(client.rate) if client.rate is not None else "gateway_rate"
    return client.created, _days(client.age_days), rate, ", ".join(client.until) or NOTHING


def _days(count: int) -> str:
    return "today" if count == 0 else f"{count} day{'s' if count != 1 else ''}"


def tell(issued: Issued, console: Console) -> None:
    """Print what goes beside a new key; the key itself goes to stdout alone."""
    console.print(
        Text.assemble(
            ("✓ ", "green"),
            (issued.name, "bold"),
            " has a new key; this is the only time it is shown: give it to its user over a channel that you trust",
        ),
        soft_wrap=True,
    )
    for day in issued.until:
        console.print(f"  an older key opens until the end of {day} (UTC)", soft_wrap=True)
    console.print(f"  its hash is in {issued.path}", soft_wrap=True)
