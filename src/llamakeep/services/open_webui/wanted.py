"""What the Open WebUI of one chat host should be, from its inputs and what its role makes of them."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from llamakeep.errors import Refusal
from llamakeep.inventory.acceptance import accepted
from llamakeep.inventory.concealed import redact, reveal
from llamakeep.inventory.door import Door, listening
from llamakeep.inventory.door_words import door_words
from llamakeep.inventory.gathered import gathered
from llamakeep.inventory.stage import Evaluated, Listening, Place, WantedStage
from llamakeep.inventory.wanted import Wanted
from llamakeep.inventory.words import names

ACCEPTED = "open_webui_accepted_vulnerabilities"
USERS = "open_webui_users"
PRODUCT = "open-webui"
DOOR = "open-webui-web"


class WantedOpenWebui(Wanted):
    """What the Open WebUI of one chat host should be."""

    version: str
    variant: str = "slim"
    door: Door  # "open-webui-web", into "open-webui.service"
    url: str  # what people type: "https://chat.example.org"
    data: str  # folder of its database and uploads
    sealed_with: str = ""  # "ollama.service" where it joins Ollama's namespace on the same host
    backend: str = ""  # "192.0.2.10:11434" through its door out, where it does not
    users: tuple[str, ...] = ()  # names only: "ada@example.org"
    accepted: dict[str, str] = {}  # CVE -> why it is accepted here (open_webui_accepted_vulnerabilities)


class Stage(WantedStage[WantedOpenWebui]):
    """Open WebUI's part in the inventory."""

    record = WantedOpenWebui
    table = ("chat", "open webui", "people go to", "door", "models from", "users")

    def read(self, found: Evaluated) -> WantedOpenWebui:
        """Return what the inputs ask for."""
        plain, derived = reveal(found.inputs), found.derived
        allowed = found.elsewhere.get("fleet:chat_allowed_clients", {})
        return WantedOpenWebui(
            managed=found.managed,
            version=str(plain["open_webui_version"]),
            variant=str(plain.get("open_webui_variant") or "slim"),
            door=Door.of(found.managed.door(DOOR), plain["open_webui_groups"], allowed),
            url=derived["url"],
            data=plain["open_webui_data"],
            sealed_with=derived["sealed_with"],
            backend=derived["backend"],
            users=tuple(str(user["email"]) for user in plain.get(USERS) or ()),
            accepted=_accepted(found.inputs.get(ACCEPTED), ACCEPTED),
        )

    def unreadable(self, inputs: dict[str, Any], place: Place) -> list[Refusal]:
        """Refuse values of the right type that mean nothing, and two entries of one person."""
        readings: dict[str, Callable[[Any, str], object]] = {ACCEPTED: _accepted}
        wrong = gathered(lambda option, read: read(inputs.get(option), place(option)), readings)
        return [*_twice(inputs.get(USERS), place(USERS)), *wrong]

    def listens(self, wanted: WantedOpenWebui) -> Iterator[Listening]:
        """Return where its door listens."""
        yield listening(wanted.door, "open_webui_port")

    def row(self, wanted: WantedOpenWebui, _today: date) -> tuple[str, ...]:
        """Return where people go, whom it asks, and who may log in."""
        version = wanted.version if wanted.variant == "slim" else f"{wanted.version} ({wanted.variant})"
        asks = f"{wanted.sealed_with}, in its seal" if wanted.sealed_with else wanted.backend
        return version, wanted.url, door_words(wanted.door), asks, names(wanted.users)


def _accepted(value: Any, place: str) -> dict[str, str]:
    return accepted(value or {}, place, ACCEPTED, PRODUCT)


def _twice(users: Any, place: str) -> list[Refusal]:
    """Refuse two entries of one person: which of them counts would be chance."""
    shown = [str(user.get("email", "")) for user in redact(users) or () if isinstance(user, dict)]
    plain = [str(user.get("email", "")).lower() for user in reveal(users) or () if isinstance(user, dict)]
    return [
        Refusal(
            place,
            f"{USERS} names {shown[number]} twice",
            id="user-listed-twice",
            expected="each person once",
            remedy="remove one of them",
        )
        for number, email in enumerate(plain)
        if email and email in plain[:number]
    ]
