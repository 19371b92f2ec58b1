"""How much a host needs its accelerator: what `ollama_require_accelerator` makes of trouble with it."""

from typing import NamedTuple

from llamakeep.inventory.fleet import Host
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.wanted import WantedOllama

OPTION = "ollama_require_accelerator"


class Need(NamedTuple):
    """The word of the inventory, and where it stands."""

    wanted: WantedOllama
    place: str  # "group_vars/llm_hosts.yml:4", "its default"

    @property
    def cpu_will_do(self) -> bool:
        """Whether the host may serve without an accelerator."""
        return self.wanted.require_accelerator == "none"

    def trouble(self, code: str, found: str, expected: str, remedy: str, *, partly: bool = False) -> Finding:
        """Return the finding: blocking where nothing is left to run on; with `partly` something is."""
        if partly:
            return Finding(id=code, severity="warning", found=found, expected=expected, remedy=remedy)
        if self.cpu_will_do:
            remedy = f"{remedy}; until then Ollama would use the CPU and not say so"
            return Finding(id=code, severity="warning", found=found, expected=expected, remedy=remedy)
        remedy = f"{remedy}; or, where the CPU will do, set {OPTION}: none (now {self.wanted.require_accelerator}, "
        return Finding(id=code, severity="blocking", found=found, expected=expected, remedy=f"{remedy}{self.place})")


def need_of(host: Host, wanted: WantedOllama) -> Need:
    """Return how much a host needs its accelerator."""
    return Need(wanted, host.places.get(OPTION, "its default"))
