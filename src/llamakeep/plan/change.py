"""What would change on one host, in the order in which it would happen."""

from collections.abc import Iterator

from llamakeep import collection
from llamakeep.inventory.fleet import Host, WantedOllama
from llamakeep.lock.lock import Archive
from llamakeep.observe.seen import HostFacts, Receipt
from llamakeep.plan.cause import differing, place_of
from llamakeep.plan.drift import changes_by_drift
from llamakeep.plan.missing import (
    archive_to_bring,
    blobs_of,
    bytes_to_bring,
    kept_models,
    models_to_bring,
    release_on,
)
from llamakeep.plan.plan import Change
from llamakeep.plan.setting import changes_by_settings

ENGINE = "ollama.service"


def changes_for(host: Host, seen: HostFacts, kit: str | None = None) -> tuple[Change, ...]:
    """Return what would have to change on one host; `kit` is the version that would do it."""
    if host.ollama is None or not seen.reachable:
        return ()
    if seen.receipt is None or not seen.receipt.inputs:
        return tuple(_first_converge(host, host.ollama, seen))
    differ = differing(host, seen.receipt)
    models = tuple(_models(host, host.ollama, seen))
    return (
        *_kit(seen.receipt, kit or collection.kit_version()),
        *changes_by_drift(seen, ("user", "folder", "firewall")),
        *_release(host, host.ollama, seen, differ),
        *changes_by_settings(host, differ, models_told=bool(models)),
        *changes_by_drift(seen, ("file", "link", "unit")),
        *_service(host.ollama, seen),
        *models,
        *changes_by_drift(seen, ("model", "blob")),
    )


def _first_converge(host: Host, wanted: WantedOllama, seen: HostFacts) -> Iterator[Change]:
    """Return what a host gets that no converge has reached yet."""
    began = seen.receipt is not None
    why = f"no receipt: {'the converge did not reach its end' if began else 'nothing was converged here yet'}"
    door = wanted.door
    callers = f", open to {', '.join(door.groups)}" if door.groups else ""
    yield Change(sign="+", what="firewall, table inet llamakeep: closed before anything listens", why=why)
    yield _release_change(wanted, seen, why)
    seal = "sealed off the network" if wanted.sealed else "with the host's network (ollama_network: open)"
    yield Change(sign="+", what=f"{ENGINE}, {seal}", why=why)
    at = ", ".join(_at(address, door.port) for address in door.at)
    yield Change(sign="+", what=f"door {door.name} at {at}{callers}", why=why)
    yield from _models(host, wanted, seen)


def _at(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _kit(receipt: Receipt, kit: str) -> Iterator[Change]:
    """Return what follows from another kit than the one that converged the host last."""
    if not receipt.complete:
        yield Change(what="a converge that did not reach its end is finished", why="the receipt says so")
    if receipt.kit and receipt.kit != kit:
        yield Change(what=f"llamakeep {receipt.kit} → {kit}", why="its roles may leave other files than before")


def _release(host: Host, wanted: WantedOllama, seen: HostFacts, differ: frozenset[str]) -> Iterator[Change]:
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


def _service(wanted: WantedOllama, seen: HostFacts) -> Iterator[Change]:
    """Return what a service needs that does not run as it should, where no drift says so already."""
    drifted = {drift.name for drift in seen.drift}
    service = next((one for one in seen.services if one.unit == ENGINE), None)
    if service is None or ENGINE in drifted:
        return
    if service.active != "active":
        yield Change(what=f"{ENGINE} is {service.active}: it is started", why="drift", restarts=(ENGINE,))
    elif wanted.sealed and service.interfaces is not None and set(service.interfaces) != {"lo"}:
        others = ", ".join(name for name in service.interfaces if name != "lo") or "nothing"
        yield Change(what=f"{ENGINE} sees {others} beside loopback: it is sealed", why="drift", restarts=(ENGINE,))
    elif seen.ollama is not None and not seen.ollama.answers:
        yield Change(what=f"{ENGINE} is active and does not answer", why="drift", restarts=(ENGINE,))


def _models(host: Host, wanted: WantedOllama, seen: HostFacts) -> Iterator[Change]:
    """Return one change for each model that comes or moves; blobs that two of them share are counted once."""
    kept = kept_models(seen)
    counted: set[str] = set()
    drifted = {drift.name.split()[0] for drift in seen.drift if drift.kind in {"model", "blob"}}
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
