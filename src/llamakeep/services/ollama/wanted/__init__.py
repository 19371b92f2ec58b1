"""What the Ollama of one host should be, from its inputs and the lock."""

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.secret import REDACTED, has_password
from pydantic import field_serializer

from llamakeep.errors import Refusal
from llamakeep.inventory.acceptance import accepted
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.door import Door, listening
from llamakeep.inventory.door_words import door_words
from llamakeep.inventory.gathered import gathered
from llamakeep.inventory.memory import amount
from llamakeep.inventory.model_server import ModelServer
from llamakeep.inventory.stage import Evaluated, Listening, Place, WantedStage
from llamakeep.lock.lock import Archive, Lock
from llamakeep.services.ollama.wanted import environment

PLATFORMS = ("linux-amd64", "linux-arm64")
DOOR = "ollama-api"
MANAGE = "ollama-manage"
_ARCHIVES = "lock:ollama"


class WantedOllama(ModelServer):
    """What the server of one llm host should be.

    Of its settings, `ollama_environment` says `cache_type` (OLLAMA_KV_CACHE_TYPE), `flash_attention`
    (OLLAMA_FLASH_ATTENTION), `spread` (OLLAMA_SCHED_SPREAD) and `visible` (CUDA_VISIBLE_DEVICES).
    """

    version: str
    archives: dict[str, Archive]  # platform -> archive
    sealed: bool
    minimum_vram: int = 8 * 10**9  # ollama_minimum_vram, in bytes
    accepted: dict[str, str] = {}  # CVE -> why it is accepted here (ollama_accepted_vulnerabilities)

    @property
    def manage(self) -> Door:
        """Return the door through which models are managed."""
        return Door.of(self.managed.door(MANAGE), (), {})

    def smaller_cache(self, where: Callable[[str], str]) -> Iterator[str]:
        """Return which of its settings make the cache of a model smaller."""
        yield f"lower ollama_context_length ({where('ollama_context_length')}: {self.context_length})"
        if self.parallel > 1:
            yield f"lower ollama_num_parallel ({where('ollama_num_parallel')}: {self.parallel})"
        if self.cache_type == "f16":
            yield "set OLLAMA_KV_CACHE_TYPE: q8_0 in ollama_environment"

    @field_serializer("archives")
    def _without_passwords(self, archives: dict[str, Archive]) -> dict[str, Archive]:
        """Keep a password in a URL out of the record."""
        return {
            name: archive.model_copy(update={"url": REDACTED}) if has_password(archive.url) else archive
            for name, archive in archives.items()
        }


class Stage(WantedStage[WantedOllama]):
    """Ollama's part in the inventory."""

    record = WantedOllama
    columns = ("ollama", "network", "door")

    def read(self, found: Evaluated) -> WantedOllama:
        """Return what the inputs ask for."""
        plain = reveal(found.inputs)
        variables = plain["ollama_environment"] or {}
        allowed = found.elsewhere.get("fleet:allowed_clients", {})
        return WantedOllama(
            managed=found.managed,
            version=str(plain["ollama_version"]),
            archives=archives(plain, found.lock),
            store=plain["ollama_store"],
            sealed=plain["ollama_network"] == "sealed",
            door=Door.of(found.managed.door(DOOR), plain["ollama_api_groups"], allowed),
            context_length=int(plain["ollama_context_length"]),
            parallel=int(plain["ollama_num_parallel"]),
            max_loaded=int(plain["ollama_max_loaded_models"]),
            cache_type=environment.cache_type(variables),
            flash_attention=environment.flash_attention(variables),
            spread=environment.spread(variables),
            visible=environment.visible(variables),
            memory_limit=str(plain["ollama_memory_limit"]),
            minimum_vram=amount(plain["ollama_minimum_vram"], "ollama_minimum_vram", "ollama_minimum_vram"),
            require_accelerator=plain["ollama_require_accelerator"],
            accepted=accepted(found.inputs["ollama_accepted_vulnerabilities"]),
        )

    def unreadable(self, inputs: dict[str, Any], place: Place) -> list[Refusal]:
        """Refuse values of the right type that mean nothing."""
        readings: dict[str, Callable[[Any, str], object]] = {
            "ollama_minimum_vram": lambda value, at: amount(value, "ollama_minimum_vram", at),
            "ollama_accepted_vulnerabilities": accepted,
            "ollama_environment": environment.expect_mapping,
        }
        return gathered(lambda option, read: read(inputs[option], place(option)), readings)

    def unlocked(self, values: dict[str, Any], lock: Lock, place: Place, _inventory: str) -> list[Refusal]:
        """Refuse a version of which no archive is known."""
        if archives(values, lock):
            return []
        return [
            Refusal(
                place("ollama_version"),
                f"no archive of ollama {values['ollama_version']} is known",
                id="release-not-locked",
                expected=f"one of {', '.join(sorted(lock.ollama)) or 'the releases in the lock'}",
                remedy="or name one by ollama_archive_url and ollama_archive_sha256",
            )
        ]

    def listens(self, wanted: WantedOllama) -> Iterator[Listening]:
        """Return where its doors listen."""
        yield listening(wanted.door, "ollama_api_port")
        yield listening(wanted.manage, "ollama_manage_port")

    def cells(self, wanted: WantedOllama) -> tuple[str, ...]:
        """Return its version, its network and its door."""
        return wanted.version, "sealed" if wanted.sealed else "open", door_words(wanted.door)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return the beginning of each archive's hash."""
        if name != _ARCHIVES or not isinstance(value, dict):
            return ""
        return ", ".join(f"{platform} {archive['sha256'][:12]}…" for platform, archive in value.items())


def archives(inputs: dict[str, Any], lock: Lock) -> dict[str, Archive]:
    """Return platform -> archive: the one that the inputs name, else the locked ones of the version."""
    if url := inputs["ollama_archive_url"]:
        named = Archive(url=url, sha256=inputs["ollama_archive_sha256"], size=0)
        return dict.fromkeys(PLATFORMS, named)
    return lock.ollama.get(str(inputs["ollama_version"]), {})
