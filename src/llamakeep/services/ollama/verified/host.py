"""One host that serves models, as its claims see it."""

from dataclasses import dataclass
from typing import Any

from llamakeep.inventory.model_list import ModelList
from llamakeep.lock.lock import LockedModel
from llamakeep.services.ollama.verified.evidence import Api, LoadedModel, OllamaEvidence, Refused
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.verify.evidence import Inside, NotChecked, Process, Tried, Unit
from llamakeep.verify.model_server import ListedModel, ModelServerHost

NAME = "ollama"


@dataclass(frozen=True, repr=False)
class LlmHost(ModelServerHost):
    """One host that serves models."""

    wanted: WantedOllama

    @property
    def look(self) -> OllamaEvidence:
        """Return what was found of the server, which may be nothing."""
        found: OllamaEvidence = self.seen.services.get(NAME, OllamaEvidence())
        return found

    def _of_server(self, part: str) -> Any:
        value = getattr(self.look, part)
        if value is None:
            raise NotChecked(self.seen.why_not(part))
        return value

    def _of_running(self, part: str) -> Any:
        """Return a part of which there is nothing while the server does not run."""
        if getattr(self.look, part) is None and self.seen.units is not None and not self.service.pid:
            raise NotChecked(f"{self.wanted.door.into} is not running")
        return self._of_server(part)

    @property
    def models(self) -> ModelList:
        """Return the models that it is to have."""
        return self.host.service(ModelList) or ModelList()

    @property
    def service(self) -> Unit:
        """Return the unit of the server."""
        return self.unit(self.wanted.door.into)

    @property
    def inside(self) -> Inside:
        """Return the network that the server sees."""
        value: Inside = self._of_running("inside")
        return value

    @property
    def processes(self) -> tuple[Process, ...]:
        """Return the processes of the service."""
        value: tuple[Process, ...] = self._of_server("processes")
        if not value:
            raise NotChecked(f"{self.wanted.door.into} has no process")
        return value

    @property
    def door(self) -> tuple[Tried, ...]:
        """Return what the host itself found at each address of its door."""
        value: tuple[Tried, ...] = self._of_server("door")
        return value

    @property
    def nobody(self) -> tuple[Tried, ...]:
        """Return what the user nobody found on loopback."""
        value: tuple[Tried, ...] = self._of_server("nobody")
        return value

    @property
    def managing(self) -> tuple[Refused, ...]:
        """Return what the door for asking answers to who would manage models."""
        value: tuple[Refused, ...] = self._of_server("managing")
        return value

    @property
    def manage(self) -> tuple[Tried, ...]:
        """Return what root finds at the door for managing."""
        value: tuple[Tried, ...] = self._of_server("manage")
        return value

    @property
    def api(self) -> Api:
        """Return what the server says of itself."""
        value: Api = self._of_server("api")
        return value

    @property
    def loaded(self) -> tuple[LoadedModel, ...]:
        """Return the models in the server's memory."""
        value: tuple[LoadedModel, ...] = self._of_server("loaded")
        return value

    @property
    def environment(self) -> dict[str, str]:
        """Return the server's environment, private values as hashes."""
        value: dict[str, str] = self._of_running("environment")
        return value

    @property
    def exposure(self) -> float:
        """Return systemd's own figure of how exposed the service is."""
        return float(self._of_server("exposure"))

    def listed(self, model: LockedModel) -> ListedModel | None:
        """Return a model as the server lists it."""
        return next((listed for listed in self.api.models if listed.name == model.name), None)
