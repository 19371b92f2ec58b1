"""One desktop, as the claims about Chatbox see it."""

from dataclasses import dataclass

from llamakeep.services.chatbox.verified.evidence import ChatboxEvidence, OfAUser
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.verify.evidence import NotChecked, NotClaimed
from llamakeep.verify.verified import ManagedHost

NAME = "chatbox"


@dataclass(frozen=True, repr=False)
class ChatboxHost(ManagedHost):
    """One desktop with Chatbox."""

    wanted: WantedChatbox

    @property
    def users(self) -> tuple[OfAUser, ...]:
        """Return what was seen of each user's Chatbox."""
        look: ChatboxEvidence = self._found(NAME)
        if not self.wanted.users:
            raise NotClaimed("nothing is claimed of anybody's Chatbox: chatbox_users names nobody")
        return look.users

    @property
    def read(self) -> tuple[OfAUser, ...]:
        """Return the same, where all of it could be read."""
        unread = [f"{each.user}: {each.fault}" for each in self.users if each.fault]
        if unread:
            raise NotChecked(unread[0])
        return self.users
