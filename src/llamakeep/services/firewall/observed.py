"""The firewall's part in observe: its unit."""

from llamakeep.observe.seen import Seen
from llamakeep.observe.stage import ObservedStage
from llamakeep.services.firewall.wanted import WantedFirewall

UNIT = "llamakeep-firewall.service"


class Stage(ObservedStage[WantedFirewall, Seen]):
    """What is asked of a host about its firewall; it has no record but its unit's."""

    record = Seen
    usual_units = (UNIT,)
