"""What the environment says: the OLLAMA_* variables, their defaults, and how they are listed at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from . import durations, journal

_T = TypeVar("_T")

DEFAULT_PORT = 11434
DEFAULT_CONTEXT = 4096

_LOCAL_ORIGINS = tuple(
    f"{scheme}://{host}{port}"
    for host in ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104 - an origin, not an address to bind
    for port in ("", ":*")
    for scheme in ("http", "https")
)
_APP_ORIGINS = ("app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*")

# Listed at start as they stand in the environment, though nothing here acts on them.
_ONLY_LISTED = (
    "CUDA_VISIBLE_DEVICES",
    "GGML_VK_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "HIP_VISIBLE_DEVICES",
    "HSA_OVERRIDE_GFX_VERSION",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LLAMA_ARG_FIT",
    "LLAMA_ARG_FIT_TARGET",
    "NO_PROXY",
    "OLLAMA_EDITOR",
    "OLLAMA_IGPU_ENABLE",
    "OLLAMA_KV_CACHE_TYPE",
    "OLLAMA_LLM_LIBRARY",
    "ROCR_VISIBLE_DEVICES",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


def _bool(text: str) -> bool:
    return text.lower() not in ("0", "f", "false")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


@dataclass(frozen=True)
class Settings:
    """The server's settings; durations in seconds."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    scheme: str = "http"
    models: Path = Path("/root/.ollama/models")
    keep_alive: float = 300.0
    load_timeout: float = 300.0
    context_length: int = 0  # 0: the default
    no_cloud: bool = False
    no_prune: bool = False
    max_queue: int = 512
    max_loaded_models: int = 0  # 0: three
    num_parallel: int = 1
    origins: tuple[str, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the environment; a value that makes no sense is warned about and its default used."""

        def value(name: str, read: Callable[[str], _T], default: _T) -> _T:
            text = environment.get(name, "").strip().strip("\"'")
            if not text:
                return default
            try:
                return read(text)
            except ValueError:
                journal.log("WARN", "invalid environment variable, using default", key=name, value=text)
                return default

        scheme, host, port = address(environment.get("OLLAMA_HOST", ""))
        home = Path(environment.get("HOME") or "/")
        asked_origins = tuple(value("OLLAMA_ORIGINS", str, "").split(","))
        return cls(
            host=host,
            port=port,
            scheme=scheme,
            models=Path(value("OLLAMA_MODELS", str, str(home / ".ollama/models"))),
            keep_alive=value("OLLAMA_KEEP_ALIVE", durations.parse, 300.0),
            load_timeout=value("OLLAMA_LOAD_TIMEOUT", durations.parse, 300.0) or durations.FOREVER,
            context_length=value("OLLAMA_CONTEXT_LENGTH", _count, 0),
            no_cloud=value("OLLAMA_NO_CLOUD", _bool, False),
            no_prune=value("OLLAMA_NOPRUNE", _bool, False),
            max_queue=value("OLLAMA_MAX_QUEUE", _count, 512),
            max_loaded_models=value("OLLAMA_MAX_LOADED_MODELS", _count, 0),
            num_parallel=value("OLLAMA_NUM_PARALLEL", _count, 1) or 1,
            origins=(*filter(None, asked_origins), *_LOCAL_ORIGINS, *_APP_ORIGINS),
            raw=environment,
        )

    @property
    def url(self) -> str:
        """Where a client finds the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def context(self) -> int:
        """Tokens of context for a model that nobody asked otherwise for."""
        return self.context_length or DEFAULT_CONTEXT

    def listed(self) -> str:
        """Return every setting in the one line of `server config`: `map[NAME:value NAME:value]`."""
        names = {
            **{name: self.raw.get(name, "") for name in _ONLY_LISTED},
            "OLLAMA_CONTEXT_LENGTH": self.context_length,
            "OLLAMA_DEBUG": "INFO",
            "OLLAMA_DEBUG_LOG_REQUESTS": "false",
            "OLLAMA_FLASH_ATTENTION": "false",
            "OLLAMA_GO_TEMPLATE": "true",
            "OLLAMA_GPU_OVERHEAD": 0,
            "OLLAMA_HOST": self.url,
            "OLLAMA_KEEP_ALIVE": durations.form(self.keep_alive),
            "OLLAMA_LOAD_TIMEOUT": durations.form(self.load_timeout),
            "OLLAMA_MAX_LOADED_MODELS": self.max_loaded_models,
            "OLLAMA_MAX_QUEUE": self.max_queue,
            "OLLAMA_MAX_TRANSFER_STREAMS": 4,
            "OLLAMA_MODELS": self.models,
            "OLLAMA_NOHISTORY": "false",
            "OLLAMA_NOPRUNE": str(self.no_prune).lower(),
            "OLLAMA_NO_CLOUD": str(self.no_cloud).lower(),
            "OLLAMA_NUM_PARALLEL": self.num_parallel,
            "OLLAMA_ORIGINS": f"[{' '.join(self.origins)}]",
            "OLLAMA_REMOTES": "[ollama.com]",
            "OLLAMA_SCHED_SPREAD": "false",
            "OLLAMA_VULKAN": "false",
        }
        return f"map[{' '.join(f'{name}:{names[name]}' for name in sorted(names))}]"


def address(text: str) -> tuple[str, str, int]:
    """Return (scheme, host, port) of OLLAMA_HOST.

    >>> address("192.0.2.7"), address("[::1]:8080"), address("https://ai.example")
    (('http', '192.0.2.7', 11434), ('http', '::1', 8080), ('https', 'ai.example', 443))
    """
    text = text.strip().strip("\"'")
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "http", text
    default = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT) if found else DEFAULT_PORT
    if rest.count(":") > 1 and not rest.startswith("["):
        rest = f"[{rest}]"
    split = urlsplit(f"//{rest}")
    try:
        port = split.port if split.port is not None else default
    except ValueError:
        journal.log("WARN", "invalid port, using default", port=rest, default=default)
        port = default
    return scheme, split.hostname or "127.0.0.1", port
