"""What was seen on the hosts, as the record of `observe`."""

from typing import Any, Literal

from pydantic import SerializeAsAny, field_validator

from llamakeep import services
from llamakeep.lock.releases import KnownRelease
from llamakeep.record import Record

Cause = Literal[
    "",
    "no driver",  # a board is on the bus, and no driver drives it
    "nouveau",  # the free driver holds the board
    "passed through",  # vfio-pci holds it for a virtual machine
    "module not loaded",  # the driver is installed and does not run
    "version mismatch",  # module and library are of different versions: updated without a reboot
    "no library",  # libnvidia-ml is missing
    "no permission",
    "no devices",  # the driver runs and sees no board
    "gpu lost",  # one or more boards fell off the bus
    "hangs",  # nvidia-smi does not come back
    "unreadable",  # an answer that fits nothing we know
]


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
    root: str  # "is root", the method by which we become root ("sudo"), "no", or why not, in the host's own words
    processor: str = ""  # "AMD EPYC 9554 64-Core Processor"
    available: int | None = None  # bytes of memory that nothing uses now
    virtualisation: str = ""  # "kvm", "docker", "wsl2", "microsoft"; empty: none that could be seen
    clock_off: float | None = None  # seconds that the host's clock is ahead of ours; None: not known
    booted: float | None = None  # seconds since boot
    haproxy: str = ""  # its version, installed or as its package source has it: "3.0.11-1+deb13u4"; empty: not known
    reboot_pending: str = ""  # what asks for a reboot: "linux-image-6.12.48"; empty: nothing

    @property
    def is_root(self) -> bool:
        """Whether we may act as root: by a method, of which the name is one word, or by being it."""
        return self.root == "is root" or (self.root != "no" and " " not in self.root)


class Space(Record):
    """Room where something will be written: the nearest folder that exists."""

    asked: str = ""  # where it will be written
    path: str  # the nearest folder that exists
    disk: str = ""  # device number: two paths with the same one share their room
    free: int  # bytes
    inodes: int | None  # None: the file system makes them as it needs them
    kind: str = ""  # file system: "ext4", "nfs4", "apfs"
    read_only: bool = False


class Listener(Record):
    """One listening TCP socket in the host's own network namespace."""

    address: str
    port: int
    program: str | None
    pid: int | None
    unit: str = ""  # whose it is: "ollama-api.socket", "container 4f1ba0c5e1d2"; empty: not known


class Slice(Record):
    """A part of a GPU that works as one of its own (NVIDIA MIG)."""

    name: str  # "3g.40gb"
    uuid: str
    memory: int | None = None  # bytes


class Gpu(Record):
    """One accelerator, as its own tool reports it; None stands for what the tool has no number for."""

    name: str
    driver: str  # "595.80"; what runs in the kernel
    memory: int | None = None  # bytes; None: it shares the machine's
    used: int | None = None  # bytes
    free: int | None = None  # bytes
    uuid: str = ""
    bus: str = ""  # "0000:01:00.0", as sysfs writes it
    capability: str | None = None  # "8.9" (CUDA compute capability), "gfx1100"
    slices: tuple[Slice, ...] | None = None  # None: not cut up; (): to be cut up, and no slice made
    ecc: bool | None = None
    persistent: bool | None = None  # the driver stays loaded when nobody uses it
    temperature: float | None = None  # degrees Celsius
    power: float | None = None  # watts
    licence: str = ""  # of a virtual GPU, where it is not in order: "Unlicensed (Restricted)"
    fault: str = ""  # what its tool says is wrong with it: "GPU is lost"


class BusGpu(Record):
    """A graphics or compute board on the PCI bus, whether or not a driver drives it."""

    bus: str  # "0000:01:00.0"
    vendor: Literal["nvidia", "amd", "other"]
    device: str  # "0x2684"
    name: str  # "GeForce RTX 4090" by the id, else the id itself
    driver: str  # "nvidia", "nouveau", "vfio-pci", "amdgpu"; empty: none


class Apple(Record):
    """What Apple Silicon has for models: one memory for everything."""

    chip: str  # "Apple M2 Ultra"
    cores: int  # of the CPU
    gpu_cores: int | None
    macos: str  # "15.6.1"
    translated: bool  # the shell that was asked runs under Rosetta
    wired_limit: int  # bytes set by iogpu.wired_limit_mb; 0: the default of the release
    working_set: int  # bytes that Metal lends models: the limit that was set, else the lower rule of gpu-facts
    exact: bool  # whether working_set was read, not reckoned


class Accelerator(Record):
    """What the models can run on."""

    kind: Literal["nvidia", "amd", "apple", "none", "broken"]
    gpus: tuple[Gpu, ...] = ()
    detail: str = ""  # why it is broken, in the tool's own words
    cause: Cause = ""  # why it cannot be used, as one word of ours
    remedy: str = ""  # what may help against it
    platform: Literal["", "wsl2", "jetson"] = ""  # where a GPU is reached in another way
    module: str = ""  # version of the loaded kernel module
    library: str = ""  # version of the user-space library beside it
    unified: bool = False  # memory is the machine's own
    uvm: bool | None = None  # nvidia_uvm is loaded: without it CUDA fails while nvidia-smi works
    bus: tuple[BusGpu, ...] = ()  # what is on the PCI bus
    apple: Apple | None = None
    simulated: bool = False


class SeenUnit(Record):
    """One unit and the network that it sees, from /proc/<main pid>/net."""

    unit: str
    active: str  # "active", "inactive", "failed", "missing"
    enabled: str
    pid: int | None
    interfaces: tuple[str, ...] | None = None  # None: not running
    routes: int | None = None
    listens: tuple[str, ...] = ()  # inside a sealed namespace: "127.0.0.1:11434"


class Network(Record):
    """What the host is called on the network, and who filters its packets."""

    addresses: tuple[str, ...] = ()  # IPv4 and IPv6, without loopback and link-local ones
    firewalls: tuple[str, ...] = ()  # managers that are at work: "ufw", "firewalld", "docker", "iptables", …
    tables: tuple[str, ...] | None = None  # tables of nftables: "inet llamakeep"; None: only root may see them


class Loaded(Record):
    """A model in the memory of the running server, as /api/ps has it."""

    name: str
    digest: str
    size: int  # bytes in all
    size_vram: int  # bytes of them on accelerators
    context: int = 0  # tokens; 0: a server that does not say


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
    sha256: str = ""  # of the file itself


class Lab(Record):
    """What a rehearsal host says of itself, in /etc/llamakeep-lab.json."""

    lab: str  # its name
    gpu: str  # "rtx-4090": replayed answers of a tool; "none": it plays none
    standin: bool  # whether a stand-in plays Ollama


class Seen(Record):
    """A service as it is on one host; each service has a record of its own kind."""

    def in_memory(self) -> tuple[Loaded, ...]:
        """Return the models that it holds in memory."""
        return ()


class SeenModel(Record):
    """A model as the running server lists it."""

    name: str
    digest: str
    size: int  # bytes


class SeenModelServer(Seen):
    """A server of models, whatever program it is."""

    answers: bool
    models: tuple[SeenModel, ...] = ()


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
    network: Network | None = None
    units: tuple[SeenUnit, ...] = ()
    services: dict[str, SerializeAsAny[Seen]] = {}  # service -> what it is here
    needs_tty: bool = False  # whether whom we become insists on a terminal
    receipt: Receipt | None = None
    drift: tuple[Drift, ...] = ()

    @field_validator("services", mode="before")
    @classmethod
    def _of_their_kinds(cls, found: Any) -> Any:
        """Read each service of a record as what it is."""
        return services.of_their_kinds("observed", found)

    @property
    def in_memory(self) -> tuple[Loaded, ...]:
        """Return every model that its services hold in memory."""
        return tuple(model for one in self.services.values() for model in one.in_memory())

    def service[S: Seen](self, kind: type[S]) -> S | None:
        """Return the service of that kind; None where none was seen.

        >>> facts.service(SeenOllama)
        SeenOllama(answers=True, version='0.34.4', …)
        """
        return next((one for one in self.services.values() if isinstance(one, kind)), None)

    def must_have[S: Seen](self, kind: type[S]) -> S:
        """Return the service of that kind; raises LookupError where none was seen."""
        found = self.service(kind)
        if found is None:
            raise LookupError(f"{self.host} has no {kind.__name__}")
        return found


class Observation(Record):
    """Every host of the fleet, looked at at once."""

    inventory: str
    seconds: float
    hosts: tuple[HostFacts, ...]
    newest_ollama: KnownRelease | None = None  # that this kit was held against; None: an older kit's record

    def host(self, name: str) -> HostFacts:
        """Return what was seen on the host of that name."""
        return next(host for host in self.hosts if host.host == name)
