"""Chatbox: each user's Chatbox asks where it should, with his own key, and tells nobody of it."""

from llamakeep.services.chatbox.verified.host import NAME, ChatboxHost
from llamakeep.verify.claim import claim
from llamakeep.verify.evidence import NotChecked

_AGAIN = "while Chatbox is closed: llamakeep up --all"  # what users change in their settings, no plan sees


@claim("chatbox-drifted", "what converge left of Chatbox is as it left it")
def test_as_left(chatbox_host: ChatboxHost) -> None:
    drift = chatbox_host.drift_of(NAME)
    assert not drift, "; ".join(f"{each.name}: {each.found}" for each in drift)


@claim(
    "chatbox-asks-elsewhere",
    "each user's Chatbox asks where the inventory says, for the models that are there",
    remedy=_AGAIN,
)
def test_asks(chatbox_host: ChatboxHost) -> None:
    wanted = chatbox_host.wanted
    for each in chatbox_host.users:
        assert not each.fault, f"the Chatbox of {each.user}: {each.fault}"
        assert each.asks, f"the Chatbox of {each.user} does not ask {wanted.url}"
        missing = sorted(wanted.models.keys() - {*each.models})
        assert not missing, f"the Chatbox of {each.user} does not know of {', '.join(missing)}"


@claim(
    "chatbox-key-wrong-or-readable",
    "each user's Chatbox has his own key, which nobody else on the desktop can read",
    remedy=_AGAIN,
)
def test_key(chatbox_host: ChatboxHost) -> None:
    for each in chatbox_host.read:
        if each.key is None and chatbox_host.wanted.clients:
            raise NotChecked(f"the key of {each.user} is struck out in this record")
        assert each.key is not False, f"the Chatbox of {each.user} has no key, or another one than the inventory"
        folder = each.folder
        if folder is None:
            raise NotChecked(f"the folder of {each.user}'s settings was not seen")
        assert (folder.owner, folder.mode[-2:]) == (each.user, "00"), (
            f"{folder.path} is of {folder.owner}, mode {folder.mode}; expected: of {each.user}, for him alone"
        )


@claim(
    "chatbox-reports-or-updates",
    "each user's Chatbox reports nothing to its maker and does not update itself",
    remedy=_AGAIN,
)
def test_reports_nothing(chatbox_host: ChatboxHost) -> None:
    for each in chatbox_host.read:
        assert not each.reports, f"the Chatbox of {each.user} may report and track; expected: switched off"
        assert not each.updates, f"the Chatbox of {each.user} updates itself; expected: switched off"
