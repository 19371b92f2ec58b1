"""What we want: the fleet as the inventory describes it."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import SecretStr, field_serializer

from llamakeep.inventory.concealed import redact
from llamakeep.inventory.secret import REDACTED, has_password
from llamakeep.lock.lock import Archive, Lock, LockedModel
from llamakeep.record import Record


class Connection(Record):
    """How the control node reaches a host."""

    kind: Literal["ssh", "local", "docker"]
    address: str
    port: int = 22
    user: str | None = None
    private_key: str | None = None
    ssh_options: tuple[str, ...] = ()  # as given to ssh: ("-o", "UserKnownHostsFile=…", …)
    become: bool = True
    python: str | None = None  # ansible_python_interpreter, where the inventory names one
    password: SecretStr | None = None  # of the ssh user, where the inventory gives one
    become_password: SecretStr | None = None  # for sudo, where the inventory gives one


class Door(Record):
    """A way into a sealed service, or out of it."""

    name: str
    into: str  # unit, "ollama.service"
    port: int
    at: tuple[str, ...]  # addresses on which it listens
    groups: tuple[str, ...] = ()  # whose hosts may knock at the addresses that are not loopback
    sources: tuple[str, ...] = ()  # the addresses of those hosts


class WantedOllama(Record):
    """What one llm host should be."""

    version: str
    archives: dict[str, Archive]  # platform -> archive
    store: str  # path of the models on the host
    sealed: bool
    door: Door
    context_length: int
    models: tuple[LockedModel, ...]
    parallel: int = 1  # ollama_num_parallel
    max_loaded: int = 0  # ollama_max_loaded_models; 0: the server decides
    cache_type: Literal["f16", "q8_0", "q4_0"] = "f16"  # OLLAMA_KV_CACHE_TYPE
    flash_attention: bool | None = None  # OLLAMA_FLASH_ATTENTION; None: the server decides
    spread: bool = False  # OLLAMA_SCHED_SPREAD: every model over all GPUs
    visible: tuple[str, ...] | None = None  # CUDA_VISIBLE_DEVICES: UUIDs or indices; None: all
    minimum_vram: int = 8 * 10**9  # ollama_minimum_vram, in bytes
    require_accelerator: Literal["any", "nvidia", "amd", "apple", "none"] = "any"
    on_misfit: dict[str, Literal["fail", "warn", "skip"]] = {}  # canonical name -> choice; unnamed: fail
    accepted: dict[str, str] = {}  # CVE -> why it is accepted here (ollama_accepted_vulnerabilities)

    @field_serializer("archives")
    def _without_passwords(self, archives: dict[str, Archive]) -> dict[str, Archive]:
        """Keep a password in a URL out of the record."""
        return {
            name: archive.model_copy(update={"url": REDACTED}) if has_password(archive.url) else archive
            for name, archive in archives.items()
        }


class WantedChat(Record):
    """What the Open WebUI of one chat host should be."""

    version: str
    variant: str = "slim"
    door: Door  # "open-webui-web", into "open-webui.service"
    url: str  # what people type: "https://chat.example.org"
    data: str  # folder of its database and uploads
    sealed_with: str = ""  # "ollama.service" where it joins Ollama's namespace on the same host
    backend: str = ""  # "192.0.2.10:11434" through its door out, where it does not
    users: tuple[str, ...] = ()  # names only: "ada@example.org"
    accepted: dict[str, str] = {}  # CVE -> why it is accepted here (open_webui_accepted_vulnerabilities)


class WantedKey(Record):
    """A client's key for the API: its name and age, never what it is."""

    name: str
    created: str  # ISO date; empty: not written down
    until: str = ""  # ISO date; the old half of a rotated key is in force so long


class WantedGateway(Record):
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


class WantedDesktop(Record):
    """What the Chatbox of one desktop should be."""

    version: str
    archive: str = ""  # chatbox_archive_url; empty: the maker's own
    users: tuple[str, ...] = ()  # who log in there
    clients: tuple[str, ...] = ()  # names of their keys
    provider: str = ""  # under which name Chatbox knows what it asks: "llamakeep-example.org"
    url: str = ""  # whom it asks: "https://api.example.org/v1"; empty: the inventory has nobody
    models: dict[str, tuple[str, ...]] = {}  # model -> names of the llm hosts that have it
    stale: tuple[str, ...] = ()  # whose key opens nothing any more, as the role would refuse it

    @field_serializer("archive")
    def _without_password(self, archive: str) -> str:
        """Keep a password in a URL out of the record."""
        return REDACTED if has_password(archive) else archive


class Host(Record):
    """One host of the fleet."""

    name: str
    groups: tuple[str, ...]
    connection: Connection
    addresses: tuple[str, ...] = ()  # every address from which it speaks to others of the fleet
    inputs: dict[str, Any] = {}  # effective value of every option of our roles, and of the lock
    places: dict[str, str] = {}  # option -> "group_vars/llm_hosts.yml:4"; one without a place has its default
    ollama: WantedOllama | None = None  # None: not one of llm_hosts
    chat: WantedChat | None = None  # None: not one of chat_hosts
    gateway: WantedGateway | None = None  # None: not one of gateway_hosts
    desktop: WantedDesktop | None = None  # None: not one of desktop_hosts

    @field_serializer("inputs")
    def _redacted(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Keep secrets out of the record: they are Secret in `inputs`, and struck out in JSON."""
        struck_out: dict[str, Any] = redact(inputs)
        return struck_out

    @property
    def is_llm(self) -> bool:
        """Whether it serves models."""
        return self.ollama is not None

    @property
    def is_managed(self) -> bool:
        """Whether any role manages it."""
        return any(part is not None for part in (self.ollama, self.chat, self.gateway, self.desktop))

    @property
    def has_firewall(self) -> bool:
        """Whether it gets a firewall of ours: a desktop serves nobody."""
        return any(part is not None for part in (self.ollama, self.chat, self.gateway))


class Fleet(Record):
    """Every host that the inventory names, and the lock that it stands on."""

    inventory: str  # path as given
    lock: Lock
    hosts: tuple[Host, ...]

    def host(self, name: str) -> Host:
        """Return the host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def only(self, names: Collection[str]) -> "Fleet":
        """Return the fleet with the hosts of these names alone."""
        return self.model_copy(update={"hosts": tuple(host for host in self.hosts if host.name in names)})
