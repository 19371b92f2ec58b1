"""Open WebUI's part in the report."""

from collections.abc import Iterator

from llamakeep.inventory.door import Door
from llamakeep.report.line import Line
from llamakeep.report.stage import Case, ReportedStage
from llamakeep.report.words import answering
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui


class OpenWebuiLine(Line):
    """The Open WebUI of one host."""

    url: str  # what people type
    version: str  # "0.12.4, slim"
    state: str  # "answers", "does not answer", "not looked at"
    asks: str  # where it has its models from
    sign_up: str  # "closed", "open", "not known"
    users: tuple[str, ...] | None  # emails; None: not read
    admins: int | None


class Stage(ReportedStage[WantedOpenWebui]):
    """What is said of the Open WebUI of a host."""

    record = OpenWebuiLine

    def line(self, case: Case, wanted: WantedOpenWebui) -> OpenWebuiLine:
        """Return where people go, whom it asks, and who may log in."""
        seen = case.seen.service(SeenOpenWebui) if case.seen else None
        sign_up = {True: "open", False: "closed", None: "not known"}[seen.sign_up if seen else None]
        return OpenWebuiLine(
            url=wanted.url,
            version=f"{(seen.version if seen else None) or wanted.version}, {wanted.variant}",
            state=answering(seen.answers if seen else None),
            asks=f"{wanted.sealed_with} of this host" if wanted.sealed_with else wanted.backend,
            sign_up=sign_up,
            users=seen.users if seen else None,
            admins=seen.admins if seen else None,
        )

    def sealed(self, _wanted: WantedOpenWebui) -> bool:
        """Tell that it is always sealed."""
        return True

    def doors(self, wanted: WantedOpenWebui) -> Iterator[Door]:
        """Return what leads to it."""
        yield wanted.door
