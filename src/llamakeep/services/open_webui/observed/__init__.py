"""Open WebUI's part in observe: how it answers, and who may log in."""

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest
from rich.text import Text

from llamakeep.observe.stage import ObservedStage
from llamakeep.services.open_webui.observed.ask import RELEASES, AskOpenWebui
from llamakeep.services.open_webui.observed.fact import OpenWebuiFact
from llamakeep.services.open_webui.observed.seen import SeenOpenWebui
from llamakeep.services.open_webui.wanted import WantedOpenWebui


class Stage(ObservedStage[WantedOpenWebui, SeenOpenWebui]):
    """What is asked of a host about its Open WebUI, and what was seen of it."""

    record = SeenOpenWebui
    facts = (OpenWebuiFact(),)
    sealable = ("open-webui.service",)

    def ask(self, wanted: WantedOpenWebui) -> AskOpenWebui:
        """Return where to ask."""
        return AskOpenWebui(nearest(wanted.door.at), wanted.door.port, wanted.data)

    def paths(self, wanted: WantedOpenWebui) -> tuple[str, ...]:
        """Return where it keeps its data and its releases."""
        return wanted.data, RELEASES

    def seen(self, said: Mapping[str, Any]) -> SeenOpenWebui | None:
        """Return what its door and its database said."""
        found: SeenOpenWebui | None = said.get(OpenWebuiFact.name)
        return found

    def in_short(self, seen: SeenOpenWebui) -> Iterator[Text]:
        """Return its version and how many may log in, and whether anybody may sign up."""
        count = len(seen.users or ())
        users = "" if seen.users is None else f", {count} user{'s' if count != 1 else ''}"
        yield Text(f"chat {seen.version}{users}") if seen.answers else Text("chat: silent", style="red")
        if seen.sign_up:
            yield Text("sign-up open", style="red")
