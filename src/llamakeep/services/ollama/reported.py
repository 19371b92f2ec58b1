"""Ollama's part in the report."""

from collections.abc import Iterator

from llamakeep.inventory.door import Door
from llamakeep.observe.seen import HostFacts
from llamakeep.report.stage import ReportedStage
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama

_STAND_IN = "standin"  # in the version of the program that the lab plays Ollama with


class Stage(ReportedStage[WantedOllama]):
    """What is said of the server of a host; it has no line of its own beside that of its host."""

    def sealed(self, wanted: WantedOllama) -> bool:
        """Tell whether it is to be sealed."""
        return wanted.sealed

    def doors(self, wanted: WantedOllama) -> Iterator[Door]:
        """Return what leads to its models."""
        yield wanted.door
        yield wanted.manage

    def serves(self, seen: HostFacts) -> str:
        """Return which release answers."""
        version = _version(seen)
        return f"Ollama {version}" if version else ""

    def simulated(self, seen: HostFacts) -> Iterator[str]:
        """Tell of the program that the lab plays Ollama with."""
        if _STAND_IN in _version(seen):
            yield "a stand-in serves in place of the real Ollama"


def _version(seen: HostFacts) -> str:
    server = seen.service(SeenOllama)
    return (server.version or "") if server is not None else ""
