"""What a person sees while hosts converge: a live table on a terminal, a plain log elsewhere."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from llamakeep.converge.events import HostProgress
from llamakeep.converge.transfer import Transfer, under_way

_MARKS = {"ok": "·", "changed": "~", "failed": "✗", "unreachable": "✗"}
_COLOURS = {"ok": "dim", "changed": "yellow", "failed": "red", "unreachable": "red"}


class View(Protocol):
    """Something that shows progress; it is told of each step and asked to look at transfers now and then."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        ...

    def step(self, host: HostProgress) -> None:
        """One host moved on."""
        ...

    def tick(self) -> None:
        """Half a second has passed."""
        ...


class LiveView:
    """One line per host that is at work, redrawn in place."""

    def __init__(self, console: Console, hosts: dict[str, HostProgress], progress: Path) -> None:
        """Show `hosts` on `console`; `progress` is the folder of transfers."""
        self._hosts, self._progress = hosts, progress
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def step(self, host: HostProgress) -> None:
        """Nothing at once: the next tick draws it."""

    def tick(self) -> None:
        """Draw the table anew."""
        self._live.update(_table(self._hosts, under_way(self._progress)))


class PlainView:
    """A line for each change and each failure, and for a transfer every ten seconds."""

    TICKS_BETWEEN_LINES = 20

    def __init__(self, console: Console, progress: Path) -> None:
        """Write to `console`; `progress` is the folder of transfers."""
        self._console, self._progress = console, progress
        self._shown: dict[str, int] = {}
        self._ticks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def step(self, host: HostProgress) -> None:
        """Write what changed since the last step."""
        for change in host.changes[self._shown.get(host.host, 0) :]:
            self._write(host.host, "~", change)
        self._shown[host.host] = len(host.changes)
        if host.failure is not None:
            self._write(host.host, "✗", f"{host.failure.task}: {host.failure.message.splitlines()[0]}")

    def tick(self) -> None:
        """Write transfers, seldom."""
        self._ticks += 1
        if self._ticks % self.TICKS_BETWEEN_LINES == 0:
            for host, transfer in sorted(under_way(self._progress).items()):
                self._write(host, "…", f"{transfer.stage}  {transfer}")

    def _write(self, host: str, mark: str, text: str) -> None:
        self._console.print(f"{mark} {host}  {text}", markup=False, highlight=False, soft_wrap=True)


def _table(hosts: dict[str, HostProgress], transfers: dict[str, Transfer]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="ellipsis", no_wrap=True)
    for name, host in hosts.items():
        transfer = transfers.get(name)
        said = str(transfer) if transfer else host.task.partition("| ")[2] or host.task
        colour = _COLOURS[host.state]
        table.add_row(f"[{colour}]{_MARKS[host.state]}[/]", name, transfer.stage if transfer else host.stage, said)
    return table


def view_for(console: Console, hosts: dict[str, HostProgress], progress: Path) -> View:
    """Return the live view on a terminal, the plain log elsewhere."""
    if console.is_interactive:
        return LiveView(console, hosts, progress)
    return PlainView(console, progress)
