"""Ollama's part in the report."""

from collections.abc import Iterator
from typing import Any

from llamakeep.inventory.door import Door
from llamakeep.inventory.door_words import door_words
from llamakeep.observe.seen import HostFacts
from llamakeep.report.stage import ReportedStage
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama

_STAND_IN = "standin"  # in the version of the program that the lab plays Ollama with
_ARCHIVES = "lock:ollama"


class Stage(ReportedStage[WantedOllama]):
    """What is said of the server of a host; it has no line of its own beside that of its host."""

    columns = ("ollama", "network", "door")

    def sealed(self, wanted: WantedOllama) -> bool:
        """Tell whether it is to be sealed."""
        return wanted.sealed

    def doors(self, wanted: WantedOllama) -> Iterator[Door]:
        """Return what leads to its models."""
        yield wanted.door

    def serves(self, seen: HostFacts) -> str:
        """Return which release answers."""
        version = _version(seen)
        return f"Ollama {version}" if version else ""

    def simulated(self, seen: HostFacts) -> Iterator[str]:
        """Tell of the program that the lab plays Ollama with."""
        if _STAND_IN in _version(seen):
            yield "a stand-in serves in place of the real Ollama"

    def cells(self, wanted: WantedOllama) -> tuple[str, ...]:
        """Return its version, its network and its door."""
        return wanted.version, "sealed" if wanted.sealed else "open", door_words(wanted.door)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return the beginning of each archive's hash."""
        if name != _ARCHIVES or not isinstance(value, dict):
            return ""
        return ", ".join(f"{platform} {archive['sha256'][:12]}…" for platform, archive in value.items())


def _version(seen: HostFacts) -> str:
    server = seen.service(SeenOllama)
    return (server.version or "") if server is not None else ""
