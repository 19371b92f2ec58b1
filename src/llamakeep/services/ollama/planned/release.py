"""Which release of Ollama a converge left on a host, and which archive it needs."""

from llamakeep.lock.lock import Archive
from llamakeep.observe.seen import HostFacts
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.wanted import WantedOllama


def archive_to_bring(wanted: WantedOllama, seen: HostFacts) -> Archive | None:
    """Return the archive that the host needs, None where it runs that release already."""
    platform = f"linux-{seen.system.architecture}" if seen.system is not None else ""
    archive = wanted.archives.get(platform)
    return None if archive is None or release_on(seen) == wanted.version else archive


def release_on(seen: HostFacts) -> str | None:
    """Return the release that a converge left on the host.

    >>> release_on(host)  # by the link /opt/llamakeep/ollama/current in its receipt
    '0.34.4'
    """
    if seen.receipt is None:
        return None
    for left in seen.receipt.managed.values():
        for link in left.get("links", ()):
            if link["path"].endswith("/ollama/current"):
                return str(link["to"]).rstrip("/").rpartition("/")[2]
    server = seen.service(SeenOllama)
    return server.version if server is not None else None
