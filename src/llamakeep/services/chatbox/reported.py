"""Chatbox's part in the report."""

from datetime import date
from typing import Any

from llamakeep.report.line import Line
from llamakeep.report.stage import Case, ReportedStage
from llamakeep.report.words import NOTHING, names
from llamakeep.services.chatbox.wanted import ASKED, WantedChatbox


class ChatboxLine(Line):
    """The Chatbox of one desktop."""

    version: str
    url: str  # whom it asks
    users: tuple[str, ...]
    clients: tuple[str, ...]  # names of their keys


class Stage(ReportedStage[WantedChatbox]):
    """What is said of the Chatbox of a desktop."""

    record = ChatboxLine
    table = ("desktop", "chatbox", "asks", "users", "keys")

    def line(self, _case: Case, wanted: WantedChatbox) -> ChatboxLine:
        """Return whom it asks, and who uses it."""
        return ChatboxLine(version=wanted.version, url=wanted.url, users=wanted.users, clients=wanted.clients)

    def row(self, wanted: WantedChatbox, _today: date) -> tuple[str, ...]:
        """Return whom it asks, and who uses it."""
        return wanted.version, wanted.url or NOTHING, names(wanted.users), names(wanted.clients)

    def input_in_short(self, name: str, value: Any) -> str:
        """Return whom it asks, and how many models are there."""
        if name != ASKED or not isinstance(value, dict):
            return ""
        provider = value["provider"]
        return f"{provider.get('address', 'nobody')}, {len(provider.get('models', ()))} models"
