"""What would change in the Ollama of one host: its release, its service."""

from collections.abc import Iterator

from llamakeep.lock.lock import Archive
from llamakeep.observe.seen import HostFacts
from llamakeep.plan.cause import place_of
from llamakeep.plan.door import door_change
from llamakeep.plan.plan import Change
from llamakeep.plan.source import server
from llamakeep.plan.stage import Case
from llamakeep.plan.unit import unit_changes
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.planned.release import archive_to_bring, release_on
from llamakeep.services.ollama.wanted import WantedOllama


def first(case: Case, wanted: WantedOllama, why: str) -> Iterator[Change]:
    """Return what a host gets that no converge has brought an Ollama to yet."""
    yield _release_change(wanted, case.seen, why)
    seal = "sealed off the network" if wanted.sealed else "with the host's network (ollama_network: open)"
    yield Change(sign="+", what=f"{wanted.door.into}, {seal}", why=why)
    yield door_change(wanted.door, why)
    yield door_change(wanted.manage, why)


def release(case: Case, wanted: WantedOllama) -> Iterator[Change]:
    """Return the move to another release, or to another archive of the same one."""
    if release_on(case.seen) != wanted.version or "ollama_version" in case.differ:
        yield _release_change(wanted, case.seen, place_of(case.host, "ollama_version"), restarts=(wanted.door.into,))
    elif case.differ & {"lock:ollama", "ollama_archive_url", "ollama_archive_sha256"}:
        archive = _archive(wanted, case.seen)
        yield Change(
            what=f"ollama {wanted.version}, from another archive",
            why=place_of(case.host, "lock:ollama"),
            size=archive.size if archive else 0,
            source=server(archive.url) if archive else "",
            restarts=(wanted.door.into,),
        )


def _release_change(wanted: WantedOllama, seen: HostFacts, why: str, restarts: tuple[str, ...] = ()) -> Change:
    running = seen.service(SeenOllama)
    before = release_on(seen) or (running.version if running is not None else None)
    archive = archive_to_bring(wanted, seen)
    return Change(
        sign="~" if before else "+",
        what=f"ollama {before} → {wanted.version}" if before else f"ollama {wanted.version}",
        why=why,
        size=archive.size if archive else 0,
        source=server(archive.url) if archive else "",
        restarts=restarts or ((wanted.door.into,) if before else ()),
    )


def _archive(wanted: WantedOllama, seen: HostFacts) -> Archive | None:
    return wanted.archives.get(f"linux-{seen.system.architecture}") if seen.system is not None else None


def running(case: Case, wanted: WantedOllama) -> Iterator[Change]:
    """Return what the service needs that does not run as it should; it was asked where its door is to be."""
    server = case.seen.service(SeenOllama)
    moves = bool(case.differ & {"ollama_api_addresses", "ollama_api_port"})
    answers = moves or server is None or server.answers
    door = f"{wanted.door.name}.socket"
    yield from unit_changes(wanted.door.into, case.seen, sealed=wanted.sealed, answers=answers, door=door)
