"""What would change in the Ollama of one host: its release, its service, its models."""

from collections.abc import Iterator

from llamakeep.inventory.fleet import Host, WantedOllama
from llamakeep.lock.lock import Archive
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.door import door_change
from llamakeep.plan.drift import model_of
from llamakeep.plan.missing import (
    archive_to_bring,
    blobs_of,
    bytes_to_bring,
    kept_models,
    models_to_bring,
    release_on,
)
from llamakeep.plan.plan import Change
from llamakeep.plan.service import service_changes

ENGINE = "ollama.service"
DOOR = "ollama-api.socket"


def first(host: Host, wanted: WantedOllama, seen: HostFacts, why: str) -> Iterator[Change]:
    """Return what a host gets that no converge has brought an Ollama to yet."""
    yield _release_change(wanted, seen, why)
    seal = "sealed off the network" if wanted.sealed else "with the host's network (ollama_network: open)"
    yield Change(sign="+", what=f"{ENGINE}, {seal}", why=why)
    yield door_change(wanted.door, why)
    yield from models(host, wanted, seen)


def release(host: Host, wanted: WantedOllama, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return the move to another release, or to another archive of the same one."""
    if release_on(seen) != wanted.version or "ollama_version" in differ:
        yield _release_change(wanted, seen, place_of(host, "ollama_version"), restarts=(ENGINE,))
    elif differ & {"lock:ollama", "ollama_archive_url", "ollama_archive_sha256"}:
        archive = _archive(wanted, seen)
        yield Change(
            what=f"ollama {wanted.version}, from another archive",
            why=place_of(host, "lock:ollama"),
            size=archive.size if archive else 0,
            source=_server(archive.url) if archive else "",
            restarts=(ENGINE,),
        )


def _release_change(wanted: WantedOllama, seen: HostFacts, why: str, restarts: tuple[str, ...] = ()) -> Change:
    before = release_on(seen) or (seen.ollama.version if seen.ollama is not None else None)
    archive = archive_to_bring(wanted, seen)
    return Change(
        sign="~" if before else "+",
        what=f"ollama {before} → {wanted.version}" if before else f"ollama {wanted.version}",
        why=why,
        size=archive.size if archive else 0,
        source=_server(archive.url) if archive else "",
        restarts=restarts or ((ENGINE,) if before else ()),
    )


def _archive(wanted: WantedOllama, seen: HostFacts) -> Archive | None:
    return wanted.archives.get(f"linux-{seen.system.architecture}") if seen.system is not None else None


def _server(url: str) -> str:
    """Return the part of an address that says from whom something comes.

    >>> _server("http://mirror1:5000/archives/ollama.tar.zst")
    'mirror1:5000'
    """
    scheme, _, rest = url.partition("://")
    return url if scheme == "file" else rest.partition("/")[0].rpartition("@")[2]


def service(wanted: WantedOllama, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
    """Return what the service needs that does not run as it should; it was asked where its door is to be."""
    moves = bool(differ & {"ollama_api_addresses", "ollama_api_port"})
    answers = moves or seen.ollama is None or seen.ollama.answers
    yield from service_changes(ENGINE, seen, sealed=wanted.sealed, answers=answers, door=DOOR)


def models(host: Host, wanted: WantedOllama, seen: HostFacts) -> Iterator[Change]:
    """Return one change for each model that comes or moves; blobs that two of them share are counted once."""
    kept = kept_models(seen)
    counted: set[str] = set()
    drifted = {model_of(drift) for drift in seen.drift if drift.kind in {"model", "blob"}}
    for model in models_to_bring(wanted, seen):
        if model.name in drifted:
            continue
        size = bytes_to_bring((model,), seen) - sum(
            blob for digest, blob in blobs_of(model).items() if digest in counted
        )
        counted |= blobs_of(model).keys()
        sources = (*host.inputs.get("ollama_models_sources", ()), model.registry)
        moved = model.name in kept
        yield Change(
            sign="~" if moved else "+",
            what=f"{model.name} {kept[model.name][:12]} → {model.digest[:12]}" if moved else model.name,
            why=place_of(host, f"lock:model:{model.name}" if moved else "ollama_models_names"),
            size=max(size, 0),
            source=_server(str(sources[0])),
        )
    yield from _unlisted(host, wanted, seen, kept)


def _unlisted(host: Host, wanted: WantedOllama, seen: HostFacts, kept: dict[str, str]) -> Iterator[Change]:
    """Return the models that are whole on disk and not in the server's list."""
    if seen.ollama is None or not seen.ollama.answers:
        return
    listed = {model.name for model in seen.ollama.models}
    for model in wanted.models:
        if kept.get(model.name) == model.digest and model.name not in listed:
            yield Change(
                what=f"{model.name} is on the disk and the server does not list it", why=place_of(host, ENGINE)
            )
