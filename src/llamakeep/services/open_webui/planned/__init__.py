"""Open WebUI's part in the plan."""

from collections.abc import Iterator

from llamakeep.plan.plan import Change, Finding
from llamakeep.plan.stage import Case, Effect, Elsewhere, PlannedStage, Product, Room
from llamakeep.services.open_webui.observed.ask import RELEASES
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.planned import changes
from llamakeep.services.open_webui.planned.changes import ENGINE, size_of, version_on
from llamakeep.services.open_webui.planned.findings import findings
from llamakeep.services.open_webui.wanted import DOOR, PRODUCT, USERS, WantedOpenWebui

_RESTARTED = Effect(restarts=(ENGINE,))
_REOPENED = Effect(restarts=(f"{DOOR}.socket",))


class Stage(PlannedStage[WantedOpenWebui]):
    """What would change in the chat of one host, and what stands in its way."""

    kind = WantedOpenWebui
    called = "open webui"
    announced = frozenset({"open_webui_version", "open_webui_variant", USERS})
    # A door is reopened without touching the service behind it.
    effects = {
        "open_webui_addresses": _REOPENED,
        "open_webui_port": _REOPENED,
        "open_webui_groups": Effect(),
        "open_webui_index": Effect(),
        "open_webui_backup": Effect(),
        "open_webui_": _RESTARTED,
    }
    elsewhere = {
        "fleet:chat_allowed_clients": Elsewhere(
            "firewall, table inet llamakeep: allowed clients changed", "addresses of the groups in open_webui_groups"
        ),
        "fleet:upstream": Elsewhere(
            "whom the chat asks for models, or its address",
            "settings of the host that is asked, or of the gateway",
            _RESTARTED,
        ),
    }

    def findings(self, case: Case, wanted: WantedOpenWebui) -> Iterator[Finding]:
        """Return what stands against the chat of a host."""
        return findings(case, wanted)

    def room(self, case: Case, wanted: WantedOpenWebui) -> Iterator[Room]:
        """Return what a version takes that is not there yet, beside the one in use."""
        if version_on(case.seen) == wanted.version:
            return
        yield Room(RELEASES, size_of(wanted.variant), f"open webui {wanted.version}")

    def product(self, case: Case, wanted: WantedOpenWebui) -> Product:
        """Return the version that is wanted, and the one that runs."""
        chat = case.seen.service(SeenOpenWebui)
        runs = (chat.version if chat is not None else None) or version_on(case.seen)
        return Product(PRODUCT, "open webui", wanted.version, runs, wanted.accepted)

    def first(self, case: Case, wanted: WantedOpenWebui, why: str) -> Iterator[Change]:
        """Return what a host gets that no converge has brought a chat to yet."""
        return changes.first(case.host, wanted, why)

    def release(self, case: Case, wanted: WantedOpenWebui) -> Iterator[Change]:
        """Return the move to another version, up or down, or to another variant of the same one."""
        return changes.release(case.host, wanted, case.seen, case.differ)

    def running(self, case: Case, wanted: WantedOpenWebui) -> Iterator[Change]:
        """Return what the service and its doors need that do not run as they should."""
        return changes.running(case, wanted)

    def content(self, case: Case, wanted: WantedOpenWebui) -> Iterator[Change]:
        """Return who is added, by name."""
        return changes.people(case.host, wanted, case.seen, case.differ)
