"""What was found of a gateway, on its own host and by whoever called it."""

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import bracketed

from llamakeep.record import Record
from llamakeep.services.gateway.observed.seen import SeenGateway
from llamakeep.verify.evidence import FileLook, Inside, ServiceEvidence


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
    unauthenticated: tuple[Asked, ...] = ()

    @property
    def place(self) -> str:
        """Return where it was, as one says it."""
        at = bracketed(self.address)
        return f"{at}:{self.port} ({self.caller})"


class ChatBehind(Record):
    """A chat, as the gateway's own checks find it."""

    host: str
    up: bool


class GatewayEvidence(ServiceEvidence):
    """The gateway, as its own host sees it."""

    seen: SeenGateway
    chats: tuple[ChatBehind, ...]
    reader: Inside | None  # the network that its reader sees; None: it does not run
    calls: tuple[GatewayCall, ...]
    key_in_log: bool | None  # whether its log holds what was asked; None: there is no log
    files: tuple[FileLook, ...]
