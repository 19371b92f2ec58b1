"""What was found of Ollama on a host."""

from llamakeep.record import Record
from llamakeep.verify.evidence import Inside, Process, ServiceEvidence, Tried
from llamakeep.verify.model_server import ListedModel


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


class Refused(Record):
    """What a door answered to one who would manage models through it."""

    what: str  # "DELETE /api/delete"
    status: int


class OllamaEvidence(ServiceEvidence):
    """The server; a part that could not be gathered is None, and its reason stands among the host's failures."""

    api: Api | None = None
    answer: Answer | None = None
    loaded: tuple[LoadedModel, ...] | None = None  # after the answer
    inside: Inside | None = None
    environment: dict[str, str] | None = None
    processes: tuple[Process, ...] | None = None
    door: tuple[Tried, ...] | None = None  # as the host itself finds it
    nobody: tuple[Tried, ...] | None = None  # what the user nobody finds on loopback
    managing: tuple[Refused, ...] | None = None  # what the door for asking says to who would manage
    manage: tuple[Tried, ...] | None = None  # the door for managing, as root finds it
    exposure: float | None = None
