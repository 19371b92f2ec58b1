"""What was found on a host, on which the claims are judged."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import bracketed, endpoint

from llamakeep.observe.seen import Drift, Receipt
from llamakeep.record import Record
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui


class Unjudged(Exception):  # noqa: N818 - it is a verdict, not a fault of the program
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
    """One process of the service."""

    pid: int
    program: str
    namespace: str | None


class Knock(Record):
    """One connection that was tried."""

    address: str
    port: int
    outcome: str  # "answers", "refused", "silent", "unreachable", "no route", or the system's words
    speaks: str = ""  # "ollama", "open-webui", "engine", or nothing that we know

    @property
    def place(self) -> str:
        """Return address and port as one writes them."""
        return endpoint(self.address, self.port)

    def in_words(self, expected: str = "Ollama") -> str:
        """Return the outcome as one says it."""
        return f"answers, but not as {expected} does" if self.outcome == "answers" else self.outcome


class ListedModel(Record):
    """A model as the server lists it."""

    name: str
    digest: str
    capabilities: tuple[str, ...]


class Api(Record):
    """What the server says of itself."""

    version: str | None
    cloud_disabled: bool | None
    models: tuple[ListedModel, ...]
    foreign_status: int


class Answer(Record):
    """What a model answered."""

    model: str
    text: str
    tokens: int
    seconds: float
    error: str


class LoadedModel(Record):
    """A model in the server's memory."""

    name: str
    size: int  # bytes in all
    size_vram: int  # bytes of them on accelerators
    context: int  # tokens of one slot; 0: the server does not say


class Table(Record):
    """The kit's nftables table."""

    loaded: bool
    detail: str
    rules: int  # lines


class ReceiptFile(Record):
    """The receipt's owner and mode."""

    owner: int
    group: int
    mode: str


class ReceiptLook(Record):
    """What the receipt says, and what differs from it."""

    receipt: Receipt | None
    drift: tuple[Drift, ...]


class OfAUser(Record):
    """One account of the chat."""

    email: str
    role: str  # "admin", "user", "pending"


class FileLook(Record):
    """Who may read a file."""

    path: str
    owner: str
    mode: str  # "0600"


class ChatLook(Record):
    """The chat, as its own host sees it."""

    seen: SeenOpenWebui
    users: tuple[OfAUser, ...] | None  # None: they could not be read
    inside: Inside | None  # None: it does not run
    processes: tuple[Process, ...]
    exposure: float | None
    environment: dict[str, str]  # the settings that may be shown
    files: tuple[FileLook, ...]  # the database, and what is secret
    weak: tuple[str, ...]  # which secret is none: "the key that signs sessions has 3 characters"
    sign_up: int  # status with which it answers who wants an account; 0: none


class Asked(Record):
    """One request to a gateway, and what came back."""

    method: str
    path: str
    status: int = 0  # 0: no answer
    headers: dict[str, str] = {}  # those that matter here
    version: str = ""  # where the answer is JSON and names one
    error: str = ""

    @property
    def in_words(self) -> str:
        """Return what was asked and what came back.

        >>> "POST /api/pull: 200"
        """
        return f"{self.method} {self.path}: {self.error or self.status}"


class GatewayCall(Record):
    """A gateway, as one caller found it at one address: without a key, and not logged in."""

    caller: str  # "the host itself", "the control node"
    address: str
    port: int
    trust: dict[str, str]  # name -> why a client that trusts the root does not trust it; empty: it does
    plain: Asked  # without TLS
    foreign: Asked  # for another name
    unkeyed: tuple[Asked, ...]
    miskeyed: tuple[Asked, ...]
    page: Asked | None = None  # of the chat
    config: Asked | None = None
    sign_up: Asked | None = None
    file: Asked | None = None  # that somebody sends to the chat
    strangers: tuple[Asked, ...] = ()

    @property
    def place(self) -> str:
        """Return where it was, as one says it."""
        at = bracketed(self.address)
        return f"{at}:{self.port} ({self.caller})"


class ChatBehind(Record):
    """A chat, as the gateway's own checks find it."""

    host: str
    up: bool


class GatewayLook(Record):
    """The gateway, as its own host sees it."""

    seen: SeenGateway
    chats: tuple[ChatBehind, ...]
    reader: Inside | None  # the network that its reader sees; None: it does not run
    calls: tuple[GatewayCall, ...]
    told: bool | None  # whether its log holds what was asked; None: there is no log
    files: tuple[FileLook, ...]


class OnADesktop(Record):
    """The settings of one user's Chatbox, held against what they should be; nothing of them is told but the names."""

    user: str
    fault: str = ""  # why they cannot be read; then nothing else is known
    asks: bool = False  # whether it asks where the inventory says
    key: bool | None = None  # whether it is his key; None: there is nothing to compare it with
    models: tuple[str, ...] = ()
    reports: bool = True
    updates: bool = True
    folder: FileLook | None = None  # which keeps others from the key


class DesktopLook(Record):
    """A desktop, as root sees it."""

    users: tuple[OnADesktop, ...]


class Evidence(Record):
    """One host; a part that could not be gathered is None and its reason stands in `failures`."""

    failures: dict[str, str] = {}
    units: dict[str, Unit] | None = None
    lab: dict[str, Any] | None = None
    api: Api | None = None
    answer: Answer | None = None
    loaded: tuple[LoadedModel, ...] | None = None  # after the answer
    inside: Inside | None = None
    environment: dict[str, str] | None = None
    processes: tuple[Process, ...] | None = None
    host_namespace: str | None = None
    listeners: tuple[Listener, ...] | None = None
    addresses: tuple[str, ...] | None = None  # IPv6, on interfaces that lead out
    door_knocks: tuple[Knock, ...] | None = None
    nobody: tuple[Knock, ...] | None = None
    exposure: float | None = None
    table: Table | None = None
    receipt_file: ReceiptFile | None = None
    receipt: ReceiptLook | None = None
    chat: ChatLook | None = None
    gateway: GatewayLook | None = None
    desktop: DesktopLook | None = None
    journal: tuple[str, ...] = ()  # of the server of models
    chat_journal: tuple[str, ...] = ()

    @property
    def simulated_gpu(self) -> str:
        """Return the GPU that a lab host plays; "" on a real host, and where none is played."""
        played = str((self.lab or {}).get("gpu", "none"))
        return "" if played == "none" else played

    @property
    def stand_in(self) -> bool:
        """Tell whether the lab's stand-in plays Ollama here."""
        return bool((self.lab or {}).get("standin"))

    @property
    def unreached(self) -> str:
        """Return why there is no evidence at all; "" where there is."""
        return self.failures.get("host") or self.failures.get("root") or ""

    def why_not(self, part: str) -> str:
        """Return the reason why there is nothing to judge a part on."""
        return self.unreached or self.failures.get(part) or "nothing was found"
