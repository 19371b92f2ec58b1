"""What observe asks of a service: what to ask a host about it, and what the answers say of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from rich.text import Text

from llamakeep import services
from llamakeep.inventory.wanted import Wanted
from llamakeep.observe.fact import Fact
from llamakeep.observe.seen import HostFacts, Seen

NOTHING = "\N{EN DASH}"


class ObservedStage[W: Wanted, S: Seen](Protocol):
    """A service's part in observe."""

    record: type[S]
    facts: tuple[Fact[Any], ...] = ()  # its questions; they are asked of every host
    usual_paths: tuple[str, ...] = ()  # where it would write on a host that no role manages
    usual_units: tuple[str, ...] = ()  # its units there
    sealable: tuple[str, ...] = ()  # units that may see loopback alone
    columns: tuple[str, ...] = ()  # headings of its columns in the table of hosts

    def ask(self, _wanted: W) -> object:
        """Return what its facts need to know of a host that is to have it; None: nothing."""
        return None

    def paths(self, _wanted: W) -> tuple[str, ...]:
        """Return where it writes."""
        return ()

    def seen(self, _said: Mapping[str, Any]) -> S | None:
        """Return what it is on a host, of fact -> what was said; None: there is none."""
        return None

    def cells(self, _host: HostFacts) -> tuple[str | Text, ...]:
        """Return what stands in its columns."""
        return ()

    def in_short(self, _seen: S) -> Iterator[Text]:
        """Return what it is in few words, for the column that services without one share."""
        return iter(())

    def remarks(self, _seen: S) -> Iterator[str]:
        """Return what the table cannot say."""
        return iter(())


def stages() -> dict[str, ObservedStage[Any, Any]]:
    """Return service -> its part in observe."""
    return services.parts("observed")
