"""Whether there is room for what has to come."""

from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.inventory.fleet import Host
from llamakeep.observe.ask import CHAT_RELEASES, DOWNLOADS, RELEASES
from llamakeep.observe.seen import HostFacts, Space
from llamakeep.plan.front.chat import size_of, version_on
from llamakeep.plan.missing import archive_to_bring, bytes_to_bring, models_to_bring
from llamakeep.plan.plan import Finding

GROWTH = 3  # an archive unpacks to at most so many times its size; the module `archive` reckons the same
RESERVE = 64 * 1024 * 1024  # bytes that stay free, as the modules leave them


def no_room(host: Host, seen: HostFacts) -> Iterator[Finding]:
    """Refuse a host whose disks are too small; what falls on the same disk is added up."""
    disks: dict[str, list[tuple[Space, int, str]]] = {}
    for path, size, why in (*_needs(host, seen), *_chat(host, seen)):
        space = next((one for one in seen.space if one.asked == path), None)
        if space is not None and size > 0:
            disks.setdefault(space.disk, []).append((space, size, why))
    for needs in disks.values():
        needed = sum(size for _, size, _ in needs)
        space = needs[0][0]
        if needed + RESERVE > space.free:
            parts = ", ".join(f"{readable(size)} for {why}" for _, size, why in needs)
            places = " and ".join(dict.fromkeys(one.asked for one, _, _ in needs))
            yield Finding(
                severity="blocking",
                found=f"no room for what has to come: {readable(space.free)} free at {places}",
                expected=f"{readable(needed)} ({parts}), and {readable(RESERVE)} to spare",
                remedy=f"make room on the disk of {space.path}",
            )


def _chat(host: Host, seen: HostFacts) -> Iterator[tuple[str, int, str]]:
    """Return what a version of Open WebUI takes that is not there yet, beside the one in use."""
    if host.chat is None or version_on(seen) == host.chat.version:
        return
    # Where nobody asked for its own folder, the releases lie on the same disk.
    asked = {one.asked for one in seen.space}
    path = CHAT_RELEASES if CHAT_RELEASES in asked else RELEASES
    yield path, size_of(host.chat.variant), f"open webui {host.chat.version}"


def _needs(host: Host, seen: HostFacts) -> Iterator[tuple[str, int, str]]:
    """Return path, bytes and purpose of all that is to be written."""
    if host.ollama is None:
        return
    archive = archive_to_bring(host.ollama, seen)
    if archive is not None:
        if not archive.url.startswith("file://"):
            yield DOWNLOADS, archive.size, f"the archive of ollama {host.ollama.version}"
        yield RELEASES, GROWTH * archive.size, "what it unpacks to"
    missing = models_to_bring(host.ollama, seen)
    names = ", ".join(model.name for model in missing)
    yield host.ollama.store, bytes_to_bring(missing, seen), names
