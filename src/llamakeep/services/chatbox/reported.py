"""Chatbox's part in the report."""

from llamakeep.report.line import Line
from llamakeep.report.stage import Case, ReportedStage
from llamakeep.services.chatbox.wanted import WantedChatbox


class ChatboxLine(Line):
    """The Chatbox of one desktop."""

    version: str
    url: str  # whom it asks
    users: tuple[str, ...]
    clients: tuple[str, ...]  # names of their keys


class Stage(ReportedStage[WantedChatbox]):
    """What is said of the Chatbox of a desktop."""

    record = ChatboxLine

    def line(self, _case: Case, wanted: WantedChatbox) -> ChatboxLine:
        """Return whom it asks, and who uses it."""
        return ChatboxLine(version=wanted.version, url=wanted.url, users=wanted.users, clients=wanted.clients)
