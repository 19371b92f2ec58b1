"""Ollama's part in the plan."""

from collections.abc import Iterator

from llamakeep.observe.ask import DOWNLOADS
from llamakeep.plan.machine import ARCHITECTURES
from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case, Effect, Elsewhere, PlannedStage, Product, Room
from llamakeep.services.ollama.observed.ask import RELEASES
from llamakeep.services.ollama.observed.seen import SeenOllama
from llamakeep.services.ollama.planned import changes
from llamakeep.services.ollama.planned.accelerator import accelerator_findings
from llamakeep.services.ollama.planned.foreign import foreign_findings
from llamakeep.services.ollama.planned.release import archive_to_bring, release_on
from llamakeep.services.ollama.planned.unknown_release import unknown_release
from llamakeep.services.ollama.wanted import WantedOllama

GROWTH = 3  # an archive unpacks to at most so many times its size; the module `archive` reckons the same


class Stage(PlannedStage[WantedOllama]):
    """What would change in the server of one host, and what stands in its way."""

    kind = WantedOllama
    called = "ollama"
    announced = frozenset({"ollama_version", "ollama_archive_url", "ollama_archive_sha256"})
    # A door is reopened without touching the service behind it.
    effects = {
        "ollama_api_groups": Effect(),
        "ollama_api_": Effect(restarts=("ollama-api.socket",)),
        "ollama_manage_users": Effect(),
        "ollama_manage_port": Effect(restarts=("ollama-manage.socket",), reloads=("ollama-api.service",)),
        "ollama_": Effect(restarts=("ollama.service",)),
    }
    elsewhere = {
        "fleet:allowed_clients": Elsewhere(
            "firewall, table inet llamakeep: allowed clients changed", "addresses of the groups in ollama_api_groups"
        )
    }

    def needs_answers(self, wanted: WantedOllama) -> frozenset[str]:
        """Without an accelerator that was seen nothing is touched, where one is needed."""
        return frozenset({"accelerator"}) if wanted.require_accelerator != "none" else frozenset()

    def findings(self, case: Case, wanted: WantedOllama) -> Iterator[Finding]:
        """Return what stands against the server of a host."""
        yield from _no_archive(case, wanted)
        yield from unknown_release(case.seen)
        yield from foreign_findings(wanted, case.seen)
        yield from accelerator_findings(case.host, wanted, case.seen)

    def room(self, case: Case, wanted: WantedOllama) -> Iterator[Room]:
        """Return what the release takes that is not there yet."""
        archive = archive_to_bring(wanted, case.seen)
        if archive is not None:
            if not archive.url.startswith("file://"):
                yield Room(DOWNLOADS, archive.size, f"the archive of ollama {wanted.version}")
            yield Room(RELEASES, GROWTH * archive.size, "what it unpacks to")

    def product(self, case: Case, wanted: WantedOllama) -> Product:
        """Return the release that is wanted, and the one that runs."""
        server = case.seen.service(SeenOllama)
        runs = (server.version if server is not None else None) or release_on(case.seen)
        return Product("ollama", "ollama", wanted.version, runs, wanted.accepted)

    def first(self, case: Case, wanted: WantedOllama, why: str) -> Iterator[Change]:
        """Return what a host gets that no converge has brought an Ollama to yet."""
        return changes.first(case, wanted, why)

    def release(self, case: Case, wanted: WantedOllama) -> Iterator[Change]:
        """Return the move to another release, or to another archive of the same one."""
        return changes.release(case, wanted)

    def running(self, case: Case, wanted: WantedOllama) -> Iterator[Change]:
        """Return what the service needs that does not run as it should."""
        return changes.running(case, wanted)


def _no_archive(case: Case, wanted: WantedOllama) -> Iterator[Finding]:
    """Refuse a machine for which the release has no archive; one of an unknown architecture is refused elsewhere."""
    system = case.seen.system
    if system is None or system.os == "macos" or system.architecture not in ARCHITECTURES:
        return
    if f"linux-{system.architecture}" not in wanted.archives:
        yield Finding(
            id="archive-not-locked",
            severity="blocking",
            found=f"ollama {wanted.version} has no archive for linux-{system.architecture} in the lock",
            expected=f"one beside {', '.join(sorted(wanted.archives))}",
            remedy="set ollama_version to a release that has one",
        )
