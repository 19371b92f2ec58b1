"""What the inventory asks of a service: how the values of a host become what the service should be."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple, Protocol

from llamakeep import services
from llamakeep.errors import Refusal
from llamakeep.inventory.managed import Managed
from llamakeep.inventory.wanted import Wanted
from llamakeep.lock.lock import Lock

Place = Callable[[str], str]  # option -> where it is written: "group_vars/llm_hosts.yml:4"


class Evaluated(NamedTuple):
    """One host as the worker has evaluated it, and the lock beside the inventory."""

    inputs: dict[str, Any]  # option -> its value, secrets concealed
    elsewhere: dict[str, Any]  # what stands elsewhere in the inventory, under the receipt's names: "fleet:root"
    derived: dict[str, Any]  # what the role makes of its options, from its table `__<role>_wanted`
    managed: Managed
    lock: Lock


class Listening(NamedTuple):
    """One port on which a service listens for others."""

    option: str  # by which its port is chosen: "open_webui_port"
    port: int
    at: tuple[str, ...]  # addresses
    units: tuple[str, ...]  # that may hold the sockets
    called: str  # what it is, in words: "the door ollama-api"


class WantedStage[W: Wanted](Protocol):
    """A service's part in the inventory."""

    record: type[W]
    columns: tuple[str, ...] = ()  # headings of its columns in the table of hosts that `show` prints
    table: tuple[str, ...] = ()  # headings of a table of its own there, what its hosts are called first: "gateway"

    def read(self, found: Evaluated) -> W:
        """Return what the service should be on a host."""
        ...

    def unreadable(self, _inputs: dict[str, Any], _place: Place) -> list[Refusal]:
        """Refuse values of the right type that mean nothing."""
        return []

    def unlocked(self, _values: dict[str, Any], _lock: Lock, _place: Place, _inventory: str) -> list[Refusal]:
        """Refuse what a host asks for and the lock does not hold."""
        return []

    def listens(self, _wanted: W) -> Iterator[Listening]:
        """Return every port on which it is to listen for others."""
        return iter(())

    def cells(self, _wanted: W) -> tuple[str, ...]:
        """Return what stands in its columns."""
        return ()

    def row(self, _wanted: W, _today: date) -> tuple[str, ...]:
        """Return its row in its own table, without the host's name; `today` is in UTC."""
        return ()

    def input_in_short(self, _name: str, _value: Any) -> str:
        """Return an input that is too long to print in few words; empty: it is none of its own."""
        return ""


def stages() -> dict[str, WantedStage[Any]]:
    """Return service -> its part in the inventory."""
    return services.parts("wanted")
