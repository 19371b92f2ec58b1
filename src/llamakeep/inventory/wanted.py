"""What one llm host should be, from its inputs and the lock."""

from collections.abc import Callable
from typing import Any

from llamakeep import hint
from llamakeep.errors import Refusal
from llamakeep.inventory import engine
from llamakeep.inventory.acceptance import accepted
from llamakeep.inventory.concealed import reveal
from llamakeep.inventory.fleet import Door, WantedOllama
from llamakeep.inventory.memory import amount
from llamakeep.inventory.problem import Refusals
from llamakeep.inventory.wish import wishes
from llamakeep.lock.families import nearest
from llamakeep.lock.file import path_for
from llamakeep.lock.lock import Archive, Lock, LockedModel

PLATFORMS = ("linux-amd64", "linux-arm64")
ENGINE_PORT = 11434


def ollama(inputs: dict[str, Any], lock: Lock, sources: tuple[str, ...]) -> WantedOllama:
    """Return what the inputs ask for; models that the lock lacks are left out (see `unlocked`)."""
    plain = reveal(inputs)
    environment = plain["ollama_environment"] or {}
    asked = wishes(plain["ollama_models_names"])
    return WantedOllama(
        version=str(plain["ollama_version"]),
        archives=archives(plain, lock),
        store=plain["ollama_store"],
        sealed=plain["ollama_network"] == "sealed",
        door=Door(
            name="ollama-api",
            into="ollama.service",
            port=int(plain["ollama_api_port"]),
            at=tuple(plain["ollama_api_addresses"]),
            groups=tuple(plain["ollama_api_groups"]),
            sources=sources,
        ),
        context_length=int(plain["ollama_context_length"]),
        models=tuple(lock.models[wish.name] for wish in asked if wish.name in lock.models),
        parallel=int(plain["ollama_num_parallel"]),
        max_loaded=int(plain["ollama_max_loaded_models"]),
        cache_type=engine.cache_type(environment),
        flash_attention=engine.flash_attention(environment),
        spread=engine.spread(environment),
        visible=engine.visible(environment),
        minimum_vram=amount(plain["ollama_minimum_vram"], "ollama_minimum_vram", "ollama_minimum_vram"),
        require_accelerator=plain["ollama_require_accelerator"],
        on_misfit={wish.name: wish.on_misfit for wish in asked if wish.on_misfit != "fail"},
        accepted=accepted(inputs["ollama_accepted_vulnerabilities"]),
    )


def unreadable(inputs: dict[str, Any], place: Callable[[str], str]) -> list[Refusal]:
    """Refuse values of the right type that mean nothing; `place` says where an option is written."""
    readings: dict[str, Callable[[Any, str], object]] = {
        "ollama_models_names": wishes,
        "ollama_minimum_vram": lambda value, at: amount(value, "ollama_minimum_vram", at),
        "ollama_accepted_vulnerabilities": accepted,
        "ollama_environment": engine.expect_mapping,
    }
    problems: list[Refusal] = []
    for option, read in readings.items():
        try:
            read(inputs[option], place(option))
        except Refusal as refusal:
            problems += refusal.all if isinstance(refusal, Refusals) else (refusal,)
    return problems


def model_names(inputs: dict[str, Any], place: str = "ollama_models_names") -> tuple[str, ...]:
    """Return the canonical names of the models that the inputs ask for, each once, in their order."""
    return tuple(wish.name for wish in wishes(inputs["ollama_models_names"], place))


def archives(inputs: dict[str, Any], lock: Lock) -> dict[str, Archive]:
    """Return platform -> archive: the one that the inputs name, else the locked ones of the version."""
    if url := inputs["ollama_archive_url"]:
        named = Archive(url=url, sha256=inputs["ollama_archive_sha256"], size=0)
        return dict.fromkeys(PLATFORMS, named)
    return lock.ollama.get(str(inputs["ollama_version"]), {})


def unlocked(inputs: dict[str, Any], lock: Lock, place: str, inventory: str) -> list[Refusal]:
    """Refuse what the inputs ask for and the lock does not pin."""
    refusals = []
    lock_path = path_for(inventory)
    for name in model_names(inputs, place):
        if name not in lock.models:
            near = [one for one in nearest(name, tuple(lock.models)) if one in lock.models]
            guess = f", or did you mean {' or '.join(near)}?" if near else ""
            refusals.append(
                Refusal(place, f"{name} is not in {lock_path}", remedy=f"llamakeep lock {hint.fleet(inventory)}{guess}")
            )
    return refusals


def unknown_version(inputs: dict[str, Any], lock: Lock, place: str) -> list[Refusal]:
    """Refuse a version of which no archive is known."""
    if archives(inputs, lock):
        return []
    return [
        Refusal(
            place,
            f"no archive of ollama {inputs['ollama_version']} is known",
            expected=f"one of {', '.join(sorted(lock.ollama)) or 'the releases in the lock'}",
            remedy="or name one by ollama_archive_url and ollama_archive_sha256",
        )
    ]


def pinned(inputs: dict[str, Any], lock: Lock) -> dict[str, Any]:
    """Return the inputs that come from the lock, under the names that the receipt gives them.

    >>> {"lock:ollama": {"linux-amd64": {"sha256": "…", "url": "…", "size": 0}}, "lock:model:mistral:7b": "5f2c…"}
    """
    found: dict[str, Any] = {
        "lock:ollama": {name: archive.model_dump() for name, archive in archives(inputs, lock).items()}
    }
    models: list[LockedModel] = [lock.models[name] for name in model_names(inputs) if name in lock.models]
    return found | {f"lock:model:{model.name}": model.digest for model in models}
