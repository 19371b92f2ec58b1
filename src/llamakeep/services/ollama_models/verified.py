"""The models' part in verify."""

from llamakeep.observe.seen import Drift
from llamakeep.services.ollama_models.planned.changes import DRIFTS
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.verify.stage import Found, VerifiedStage
from llamakeep.verify.verified import ManagedHost


class Stage(VerifiedStage[WantedModels]):
    """What is claimed of each model; it is asked for where the server is looked at."""

    kind = WantedModels
    columns = ("models",)
    things = {"model": lambda wanted: wanted.models}

    def host(self, found: Found, wanted: WantedModels) -> ManagedHost:
        """Return the host as a claim about all of its models would see it."""
        return ManagedHost(found.host, wanted, found.seen, found.nonce, found.kit)

    def explains(self, drift: Drift) -> bool:
        """Tell whether a difference is a model's."""
        return drift.kind in DRIFTS
