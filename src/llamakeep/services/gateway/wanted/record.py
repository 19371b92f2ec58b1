"""What the gateway of one gateway host should be, as a record."""

from typing import Literal

from llamakeep.inventory.wanted import Wanted
from llamakeep.record import Record


class WantedKey(Record):
    """A client's key for the API: its name and age, never what it is."""

    name: str
    created: str  # ISO date; empty: not written down
    until: str = ""  # ISO date; the old half of a rotated key is in force so long


class WantedGateway(Wanted):
    """What the gateway of one gateway host should be."""

    domain: str
    addresses: tuple[str, ...]
    port: int
    certificate: Literal["internal", "given", "acme"]
    keys: tuple[WantedKey, ...]
    models: dict[str, tuple[str, ...]]  # model -> names of the llm hosts that have it
    chats: tuple[str, ...]  # names of the chat hosts behind it
    takes_files: bool = False  # whether people may attach files to a chat behind it
    metrics_port: int
