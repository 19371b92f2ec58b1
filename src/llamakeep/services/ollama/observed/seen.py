"""The server of a host as it was seen, and every copy beside it."""

from typing import Literal

from llamakeep.observe.seen import Loaded, SeenModelServer
from llamakeep.record import Record


class Copy(Record):
    """One Ollama on the host, whoever brought it."""

    kind: Literal["program", "app", "container", "snap", "process"]
    path: str  # of the program; of a container its name and image
    version: str = ""  # empty: not known
    ours: bool = False  # brought by this kit
    running: bool = False
    address: str = ""  # where it listens, where that is known: "0.0.0.0:11434"


class SeenOllama(SeenModelServer):
    """The server as it answers through its door."""

    version: str | None = None
    cloud_disabled: bool | None = None
    loaded: tuple[Loaded, ...] = ()
    copies: tuple[Copy, ...] = ()  # every Ollama on the host, this one among them
    environment: dict[str, str] = {}  # OLLAMA_… of the running service, as its process has it
    drop_ins: tuple[str, ...] = ()  # files that change its unit
    trees: tuple[str, ...] = ()  # in which its store names models: "manifests", from 0.40 on "manifests-v2"

    def in_memory(self) -> tuple[Loaded, ...]:
        """Return the models that it holds in memory."""
        return self.loaded
