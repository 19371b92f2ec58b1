"""What a claim is about: one host, what is wanted of it, and the evidence."""

from dataclasses import dataclass
from typing import Any

from llamakeep.inventory.fleet import Host
from llamakeep.lock.lock import LockedModel
from llamakeep.observe.seen import Drift, Receipt
from llamakeep.services.chatbox.wanted import WantedChatbox
from llamakeep.services.gateway.wanted import WantedGateway
from llamakeep.services.ollama.wanted import WantedOllama
from llamakeep.services.ollama_models.wanted import WantedModels
from llamakeep.services.open_webui.wanted import WantedOpenWebui
from llamakeep.verify.evidence import (
    Api,
    ChatLook,
    DesktopLook,
    Evidence,
    GatewayCall,
    GatewayLook,
    Inside,
    Knock,
    ListedModel,
    Listener,
    LoadedModel,
    NotClaimed,
    OnADesktop,
    Process,
    Table,
    Unit,
    Unjudged,
)

_KINDS_ELSEWHERE = ("firewall", "model", "blob")  # judged under firewall and models
_SHARED = "firewall"  # every service that listens has it, and its claims are its own


@dataclass(frozen=True, repr=False)
class ManagedHost:
    """One host that has a part to play: what is claimed of every such host."""

    host: Host
    wanted: Any
    seen: Evidence
    nonce: str = ""
    kit: str = ""

    def __repr__(self) -> str:
        return self.host.name  # pytest prints its fixtures: all the rest is no reading for a log

    def _need(self, part: str) -> Any:
        value = getattr(self.seen, part)
        if value is None:
            raise Unjudged(self.seen.why_not(part))
        return value

    def unit(self, name: str) -> Unit:
        """Return a unit as systemd has it."""
        units: dict[str, Unit] = self._need("units")
        if name not in units:
            raise Unjudged(f"systemd said nothing of {name}")
        return units[name]

    @property
    def host_namespace(self) -> str:
        """Return the network namespace of the host itself."""
        return str(self._need("host_namespace"))

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return the listening sockets of the host's own network."""
        value: tuple[Listener, ...] = self._need("listeners")
        return value

    @property
    def table(self) -> Table:
        """Return the kit's firewall table."""
        value: Table = self._need("table")
        return value

    @property
    def receipt(self) -> Receipt:
        """Return the receipt of the last converge."""
        value: Receipt | None = self._need("receipt").receipt
        if value is None:
            raise Unjudged("there is no receipt on the host")
        return value

    @property
    def drift(self) -> tuple[Drift, ...]:
        """Return what is not as the receipt says."""
        _ = self.receipt  # without one there is nothing to differ from
        value: tuple[Drift, ...] = self._need("receipt").drift
        return value

    def drift_of(self, service: str) -> list[Drift]:
        """Return what differs of one service of the host; the first of them has what stands in no table."""
        return [
            each
            for each in self.drift
            if each.kind not in _KINDS_ELSEWHERE and "firewall" not in each.name and self._owner(each.name) == service
        ]

    def _owner(self, name: str) -> str:
        """Return the service whose table has a path or a unit; the first one for what none of them has."""
        served = {service: one for service, one in self.host.services.items() if service != _SHARED}
        owner = next((service for service, one in served.items() if one.managed.has(name)), None)
        return owner or next(iter(served), "")


@dataclass(frozen=True, repr=False)
class LlmHost(ManagedHost):
    """One host that serves models."""

    wanted: WantedOllama

    @property
    def models(self) -> WantedModels:
        """Return the models that it is to have."""
        return self.host.service(WantedModels) or WantedModels()

    @property
    def service(self) -> Unit:
        """Return the unit of the server."""
        return self.unit(self.wanted.door.into)

    @property
    def inside(self) -> Inside:
        """Return the network that the server sees."""
        if self.seen.inside is None and self.seen.units is not None and not self.service.pid:
            raise Unjudged(f"{self.wanted.door.into} is not running")
        value: Inside = self._need("inside")
        return value

    @property
    def processes(self) -> tuple[Process, ...]:
        """Return the processes of the service."""
        value: tuple[Process, ...] = self._need("processes")
        if not value:
            raise Unjudged(f"{self.wanted.door.into} has no process")
        return value

    @property
    def door_knocks(self) -> tuple[Knock, ...]:
        """Return what the host itself found at each address of its door."""
        value: tuple[Knock, ...] = self._need("door_knocks")
        return value

    @property
    def nobody(self) -> tuple[Knock, ...]:
        """Return what the user nobody found on loopback."""
        value: tuple[Knock, ...] = self._need("nobody")
        return value

    @property
    def api(self) -> Api:
        """Return what the server says of itself."""
        value: Api = self._need("api")
        return value

    @property
    def loaded(self) -> tuple[LoadedModel, ...]:
        """Return the models in the server's memory."""
        value: tuple[LoadedModel, ...] = self._need("loaded")
        return value

    @property
    def environment(self) -> dict[str, str]:
        """Return the server's environment, private values as hashes."""
        if self.seen.environment is None and self.seen.units is not None and not self.service.pid:
            raise Unjudged(f"{self.wanted.door.into} is not running")
        value: dict[str, str] = self._need("environment")
        return value

    @property
    def exposure(self) -> float:
        """Return systemd's own figure of how exposed the service is."""
        return float(self._need("exposure"))

    def listed(self, model: LockedModel) -> ListedModel | None:
        """Return a model as the server lists it."""
        return next((listed for listed in self.api.models if listed.name == model.name), None)


@dataclass(frozen=True, repr=False)
class ChatHost(ManagedHost):
    """One host that serves the chat."""

    wanted: WantedOpenWebui

    @property
    def service(self) -> Unit:
        """Return the unit of the chat."""
        return self.unit(self.wanted.door.into)

    @property
    def look(self) -> ChatLook:
        """Return what was seen of the chat."""
        value: ChatLook = self._need("chat")
        return value

    @property
    def inside(self) -> Inside:
        """Return the network that the chat sees."""
        if self.look.inside is None:
            raise Unjudged(f"{self.wanted.door.into} is not running")
        return self.look.inside


@dataclass(frozen=True, repr=False)
class GatewayHost(ManagedHost):
    """One host that is a gateway."""

    wanted: WantedGateway
    from_here: tuple[GatewayCall, ...] = ()  # the calls of the control node
    root: bool = True  # whether the inventory has the root that the certificate is to be signed by

    @property
    def look(self) -> GatewayLook:
        """Return what was seen of the gateway."""
        value: GatewayLook = self._need("gateway")
        return value

    @property
    def calls(self) -> tuple[GatewayCall, ...]:
        """Return how the gateway was found by whoever called it: its own host, and the control node."""
        found = (*self.look.calls, *self.from_here)
        if not found:
            raise Unjudged("nobody called it: the gateway does not answer on its own host")
        return found


@dataclass(frozen=True, repr=False)
class DesktopHost(ManagedHost):
    """One desktop."""

    wanted: WantedChatbox

    @property
    def users(self) -> tuple[OnADesktop, ...]:
        """Return what was seen of each user's Chatbox."""
        look: DesktopLook = self._need("desktop")
        if not self.wanted.users:
            raise NotClaimed("nothing is claimed of anybody's Chatbox: chatbox_users names nobody")
        return look.users

    @property
    def read(self) -> tuple[OnADesktop, ...]:
        """Return the same, where all of it could be read."""
        unread = [f"{each.user}: {each.fault}" for each in self.users if each.fault]
        if unread:
            raise Unjudged(unread[0])
        return self.users
