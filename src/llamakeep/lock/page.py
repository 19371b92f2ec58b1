"""A run of `llamakeep lock` on a terminal: what moved."""

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.console import Console
from rich.text import Text

from llamakeep.lock.move import Move, Moves
from llamakeep.lock.reading import Reading


def show(moves: Moves, console: Console, locked: int) -> None:
    """Print what moved; `locked` is the number of models in the lock now."""
    console.print(f"{moves.path} · {locked} model{'s' if locked != 1 else ''}\n", style="bold", soft_wrap=True)
    for move in moves.moves:
        console.print(_line(move), soft_wrap=True)
    for name in moves.unmoved:
        console.print(Text.assemble(("✓ ", "green"), (name, "bold"), " is what the registry has"), soft_wrap=True)
    if moves.unnamed:
        console.print(f"\N{EN DASH} {', '.join(moves.unnamed)}: in the lock but unused", style="dim", soft_wrap=True)
    for reading in moves.readings:
        _read(reading, console)
    if not moves.moves:
        console.print("no changes")


def _read(reading: Reading, console: Console) -> None:
    """Print what came of reading one model's numbers."""
    if reading.trouble:
        console.print(Text.assemble(("! ", "yellow"), "no memory estimate for "), end="", soft_wrap=True)
        console.print(Text(reading.trouble), soft_wrap=True)
        return
    console.print(
        Text.assemble(
            ("✓ " if reading.known else "! ", "green" if reading.known else "yellow"),
            (f"{reading.name}: ", "bold"),
            f"numbers for the memory estimate read, {readable(reading.received)}",
            "" if reading.known else "; how this architecture keeps its cache is not known here: no estimate",
        ),
        soft_wrap=True,
    )


def _line(move: Move) -> Text:
    sign, style = ("+", "green") if move.before is None else ("~", "yellow")
    change = f"{move.after[:12]}" if move.before is None else f"{move.before[:12]} → {move.after[:12]}"
    return Text.assemble(
        (f"{sign} ", style), (move.name, "bold"), f"  {readable(move.size)}  {change}  from {move.registry}"
    )
