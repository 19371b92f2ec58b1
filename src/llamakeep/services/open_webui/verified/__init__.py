"""Open WebUI's part in verify."""

from typing import Any

from ansible_collections.llamakeep.fleet.plugins.module_utils.addresses import nearest

from llamakeep.inventory.door import Door
from llamakeep.services.open_webui.observed import fact
from llamakeep.services.open_webui.verified.evidence import OpenWebuiEvidence
from llamakeep.services.open_webui.verified.host import OpenWebuiHost
from llamakeep.services.open_webui.verified.settings import COOKIES, ORIGIN, PRIVATE
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify.stage import Asking, Found, VerifiedStage


class Stage(VerifiedStage[WantedOpenWebui]):
    """What is looked at of Open WebUI, and how its claims see it."""

    kind = WantedOpenWebui
    evidence = OpenWebuiEvidence
    columns = ("open_webui",)
    hosts = {"open_webui_host": lambda *_: True}

    def request(self, _asking: Asking, wanted: WantedOpenWebui) -> dict[str, Any]:
        """Return what the probe needs to look at it."""
        return {
            "service": wanted.door.into,
            "door": [nearest(wanted.door.at), wanted.door.port],
            "data": wanted.data,
            "plain": [*PRIVATE, *COOKIES, ORIGIN],
            "source": fact.source(),
        }

    def door(self, wanted: WantedOpenWebui) -> Door:
        """Return the door for browsers."""
        return wanted.door

    def host(self, found: Found, wanted: WantedOpenWebui) -> OpenWebuiHost:
        """Return the host as the claims about it see it."""
        return OpenWebuiHost(found.host, wanted, found.seen, found.nonce, found.kit)
