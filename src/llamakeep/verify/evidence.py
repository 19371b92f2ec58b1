"""What was found on a host, on which its claims are checked."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import endpoint
from pydantic import field_validator

from llamakeep import services
from llamakeep.observe.seen import Drift, Receipt
from llamakeep.record import Record


class NotChecked(Exception):  # noqa: N818 - it is a verdict, not a fault of the program
    """A claim for which there is no evidence; it does not hold."""


class NotClaimed(Exception):  # noqa: N818 - it is a verdict, not a fault of the program
    """A claim that is about nothing on this host, such as one about a GPU that is simulated; a note says so."""


class Unit(Record):
    """One unit as systemd has it loaded."""

    load: str
    active: str
    enabled: str
    pid: int
    private_network: bool
    stale: bool  # the file on disk is newer than what systemd loaded
    drop_ins: tuple[str, ...]


class Socket(Record):
    """One listening socket, as the kernel lists it."""

    address: str
    port: int
    inode: int


class Listener(Record):
    """One listening socket of the host's own network, and who holds it."""

    address: str
    port: int
    programs: tuple[str, ...]
    pids: tuple[int, ...]
    units: tuple[str, ...]


class Inside(Record):
    """The network that the main process sees."""

    interfaces: tuple[str, ...]
    routes: tuple[str, ...]
    listeners: tuple[Socket, ...]


class Process(Record):
    """One process of a service."""

    pid: int
    program: str
    namespace: str | None


class Tried(Record):
    """One connection that was tried."""

    address: str
    port: int
    outcome: str  # "answers", "refused", "silent", "unreachable", "no route", or the system's words
    speaks: str = ""  # what answers there, in the probe's words; empty: nothing that we know
    why: str = ""  # why nobody does, where one of two certificates was not taken

    @property
    def place(self) -> str:
        """Return address and port as one writes them."""
        return endpoint(self.address, self.port)

    def in_words(self, expected: str) -> str:
        """Return the outcome as one says it; `expected` is the name of who should answer."""
        if self.why:
            return self.why
        return f"answers, but not as {expected} does" if self.outcome == "answers" else self.outcome


class ReceiptFile(Record):
    """The receipt's owner and mode."""

    owner: int
    group: int
    mode: str


class ReceiptLook(Record):
    """What the receipt says, and what differs from it."""

    receipt: Receipt | None
    drift: tuple[Drift, ...]


class FileLook(Record):
    """Who may read a file."""

    path: str
    owner: str
    mode: str  # "0600"


class ServiceEvidence(Record):
    """What was found of one service; each service has a record of its own kind."""

    journal: tuple[str, ...] = ()  # its last lines, without secrets


class Evidence(Record):
    """One host; a part that could not be gathered is None and its reason stands in `failures`."""

    failures: dict[str, str] = {}
    units: dict[str, Unit] | None = None
    lab: dict[str, Any] | None = None
    host_namespace: str | None = None
    listeners: tuple[Listener, ...] | None = None
    addresses: tuple[str, ...] | None = None  # IPv6, on interfaces that lead out
    receipt_file: ReceiptFile | None = None
    receipt: ReceiptLook | None = None
    services: dict[str, Any] = {}  # service -> what was found of it, in the record of its kind

    @field_validator("services", mode="before")
    @classmethod
    def _of_their_kinds(cls, found: dict[str, Any]) -> dict[str, Any]:
        """Read what was found of each service as what it is; what could not be looked at is left out."""
        known = services.parts("verified")
        return {name: known[name].evidence.model_validate(one) for name, one in found.items() if one is not None}

    @property
    def simulated_gpu(self) -> str:
        """Return the GPU that a lab host plays; "" on a real host, and where none is played."""
        played = str((self.lab or {}).get("gpu", "none"))
        return "" if played == "none" else played

    @property
    def stand_in(self) -> bool:
        """Tell whether the lab's stand-in serves here."""
        return bool((self.lab or {}).get("standin"))

    @property
    def unreached(self) -> str:
        """Return why there is no evidence at all; "" where there is."""
        return self.failures.get("host") or self.failures.get("root") or ""

    def why_not(self, part: str) -> str:
        """Return the reason why there is nothing to check a part on."""
        return self.unreached or self.failures.get(part) or "nothing was found"
