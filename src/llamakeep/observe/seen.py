"""What was seen on the hosts, as the record of `observe`."""

from typing import Any, Literal

from llamakeep.record import Record


class System(Record):
    """The machine itself."""

    os: str  # "debian", "macos"
    os_version: str  # "13"
    os_name: str  # "Debian GNU/Linux 13 (trixie)"
    architecture: str  # "amd64" | "arm64" | what uname said
    kernel: str
    init: str  # "systemd 257", or the name of pid 1
    cpus: int
    memory: int  # bytes
    python: str | None  # "3.13.5"; None: there is none
    root: Literal["is root", "sudo", "sudo asks for a password", "no"]


class Space(Record):
    """Room where something will be written: the nearest folder that exists."""

    asked: str = ""  # where it will be written
    path: str  # the nearest folder that exists
    disk: str = ""  # device number: two paths with the same one share their room
    free: int  # bytes
    inodes: int


class Listener(Record):
    """One listening TCP socket in the host's own network namespace."""

    address: str
    port: int
    program: str | None
    pid: int | None


class Gpu(Record):
    """One accelerator, as its own tool reports it."""

    name: str
    memory: int  # bytes
    driver: str


class Accelerator(Record):
    """What the models can run on."""

    kind: Literal["nvidia", "apple", "none", "broken"]
    gpus: tuple[Gpu, ...] = ()
    detail: str = ""  # why it is broken, in the tool's own words
    simulated: bool = False


class Service(Record):
    """One unit and the network that it sees, from /proc/<main pid>/net."""

    unit: str
    active: str  # "active", "inactive", "failed", "missing"
    enabled: str
    pid: int | None
    interfaces: tuple[str, ...] | None = None  # None: not running
    routes: int | None = None


class SeenModel(Record):
    """A model as the running server lists it."""

    name: str
    digest: str
    size: int  # bytes


class SeenOllama(Record):
    """The server as it answers through its door."""

    answers: bool
    version: str | None = None
    cloud_disabled: bool | None = None
    models: tuple[SeenModel, ...] = ()


class Drift(Record):
    """One thing that the receipt lists and the host no longer has as it was left."""

    kind: str  # "user", "folder", "file", "link", "unit", "model", "blob", "firewall"
    name: str  # path, unit, model or table
    found: str  # "2 lines differ", "missing", "mode 0644, expected 0600"


class Receipt(Record):
    """The summary of /var/lib/llamakeep/receipt.json."""

    kit: str  # kit version that converged the host
    complete: bool  # False: a converge began and did not reach its end
    salt: str
    inputs: dict[str, str]  # option -> salted hash of its value
    managed: dict[str, Any] = {}  # role -> what it left


class Lab(Record):
    """What a rehearsal host says of itself, in /etc/llamakeep-lab.json."""

    lab: str  # its name
    gpu: str  # "rtx-4090": replayed answers of a tool; "none": it plays none
    standin: bool  # whether a stand-in plays Ollama


class HostFacts(Record):
    """One host as it is."""

    host: str
    reachable: bool
    unreachable: str = ""  # why not, in the words of the transport
    seconds: float = 0.0
    simulated: bool = False  # the host says of itself that it is a lab host playing a part
    lab: Lab | None = None  # which part; None: a real host
    gaps: tuple[str, ...] = ()  # questions without a usable answer: "accelerator: no answer within 8 s"
    system: System | None = None
    space: tuple[Space, ...] = ()
    listeners: tuple[Listener, ...] = ()
    accelerator: Accelerator | None = None
    services: tuple[Service, ...] = ()
    ollama: SeenOllama | None = None
    receipt: Receipt | None = None
    drift: tuple[Drift, ...] = ()


class Observation(Record):
    """Every host of the fleet, looked at at once."""

    inventory: str
    seconds: float
    hosts: tuple[HostFacts, ...]

    def host(self, name: str) -> HostFacts:
        """Return what was seen on the host of that name."""
        return next(host for host in self.hosts if host.host == name)
