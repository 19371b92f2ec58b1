"""One host that serves Open WebUI, as its claims see it."""

from collections.abc import Iterable
from dataclasses import dataclass

from llamakeep.services.open_webui.verified.evidence import OpenWebuiEvidence
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify.evidence import Inside, NotChecked, Unit
from llamakeep.verify.verified import ManagedHost

NAME = "open_webui"


@dataclass(frozen=True, repr=False)
class OpenWebuiHost(ManagedHost):
    """One host that serves Open WebUI."""

    wanted: WantedOpenWebui

    @property
    def service(self) -> Unit:
        """Return the unit of the service."""
        return self.unit(self.wanted.door.into)

    @property
    def look(self) -> OpenWebuiEvidence:
        """Return what was seen of it."""
        value: OpenWebuiEvidence = self._found(NAME)
        return value

    @property
    def inside(self) -> Inside:
        """Return the network that it sees."""
        if self.look.inside is None:
            raise NotChecked(f"{self.wanted.door.into} is not running")
        return self.look.inside

    @property
    def environment(self) -> dict[str, str]:
        """Return those of its settings that may be shown."""
        if not self.look.environment:
            raise NotChecked(f"{self.wanted.door.into} is not running")
        return self.look.environment

    def differences(self, names: Iterable[str]) -> list[str]:
        """Return which of some settings are not as the role pins them.

        >>> host.differences(["ENABLE_SIGNUP"])
        ['ENABLE_SIGNUP is true, expected false']
        """
        seen, pinned = self.environment, self.wanted.managed.environment
        return [
            f"{name} is {seen.get(name, 'not set')}, expected {pinned[name]}"
            for name in names
            if seen.get(name, "").lower() != pinned[name].lower()
        ]
