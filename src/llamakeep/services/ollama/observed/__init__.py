"""Ollama's part in observe: how the server answers, and every copy that lies or runs beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint, nearest
from rich.text import Text

from llamakeep.observe.seen import HostFacts, Listener, SeenUnit
from llamakeep.observe.stage import NOTHING, ObservedStage
from llamakeep.services.ollama.observed.ask import RELEASES, STORE, UNITS, AskOllama
from llamakeep.services.ollama.observed.copies import CopiesFact, Found
from llamakeep.services.ollama.observed.seen import Copy, SeenOllama
from llamakeep.services.ollama.observed.server import OllamaFact
from llamakeep.services.ollama.wanted import WantedOllama

_UNIT = "ollama.service"


class Stage(ObservedStage[WantedOllama, SeenOllama]):
    """What is asked of a host about its server, wanted or not, and what was seen of it."""

    record = SeenOllama
    facts = (CopiesFact(), OllamaFact())
    usual_paths = (STORE, RELEASES)
    usual_units = UNITS
    sealable = (_UNIT,)
    columns = ("ollama", "models")

    def ask(self, wanted: WantedOllama) -> AskOllama:
        """Return where to ask."""
        return AskOllama(nearest(wanted.door.at), wanted.door.port, wanted.store)

    def paths(self, wanted: WantedOllama) -> tuple[str, ...]:
        """Return where it keeps its models and its releases."""
        return wanted.store, RELEASES

    def seen(self, said: Mapping[str, Any]) -> SeenOllama | None:
        """Return the server with every copy that lies or runs beside it."""
        server: SeenOllama | None = said.get(OllamaFact.name)
        if server is None:
            return None
        main = next((one.pid for one in said.get("services", ()) if _is_engine(one)), None)
        found = said.get(CopiesFact.name, ())
        copies = tuple(_copy(one, server, main, said.get("listeners", ())) for one in found)
        return server.model_copy(update={"copies": copies})

    def cells(self, host: HostFacts) -> tuple[str | Text, ...]:
        """Return the version that answers and how many models it has, or how its unit is."""
        server = host.service(SeenOllama)
        if server is None or not server.answers:
            return _state(host), NOTHING
        return server.version or "?", str(len(server.models))


def _is_engine(unit: SeenUnit) -> bool:
    return unit.unit == _UNIT and unit.pid is not None


def _copy(found: Found, server: SeenOllama, main: int | None, listeners: Sequence[Listener]) -> Copy:
    """Return a copy with where it listens; the one behind the door has said its version."""
    at = next((one for one in listeners if one.pid in found.pids), None)
    shown = "" if at is None else endpoint(at.address, at.port)
    behind = main in found.pids and server.answers
    return found.copy.model_copy(
        update={
            "address": found.copy.address or shown,
            "version": found.copy.version or (server.version or "" if behind else ""),
        }
    )


def _state(host: HostFacts) -> Text:
    unit = next((one for one in host.units if one.unit == _UNIT), None)
    if unit is None or unit.active == "missing":
        return Text(NOTHING)
    return Text("silent" if unit.active == "active" else unit.active, style="red")
