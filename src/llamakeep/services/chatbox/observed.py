"""Chatbox's part in observe: room for its releases."""

from llamakeep.observe.seen import Seen
from llamakeep.observe.stage import ObservedStage
from llamakeep.services.chatbox.wanted import WantedChatbox

RELEASES = "/opt/llamakeep/chatbox"


class Stage(ObservedStage[WantedChatbox, Seen]):
    """What is asked of a desktop about its Chatbox; it has no record, for nothing of it runs."""

    record = Seen

    def paths(self, _wanted: WantedChatbox) -> tuple[str, ...]:
        """Return where its releases lie."""
        return (RELEASES,)
