"""What a claim is about: one host, what is wanted of it, and the evidence."""

from dataclasses import dataclass
from typing import Any

from llamakeep.inventory.fleet import Host
from llamakeep.observe.seen import Drift, Receipt
from llamakeep.verify.evidence import Evidence, Listener, NotChecked, Unit
from llamakeep.verify.stage import stages


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
            raise NotChecked(self.seen.why_not(part))
        return value

    def _found(self, service: str) -> Any:
        """Return what was found of one of its services."""
        if service not in self.seen.services:
            raise NotChecked(self.seen.why_not(service))
        return self.seen.services[service]

    def unit(self, name: str) -> Unit:
        """Return a unit as systemd has it."""
        units: dict[str, Unit] = self._need("units")
        if name not in units:
            raise NotChecked(f"systemd said nothing of {name}")
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
    def receipt(self) -> Receipt:
        """Return the receipt of the last converge."""
        value: Receipt | None = self._need("receipt").receipt
        if value is None:
            raise NotChecked("there is no receipt on the host")
        return value

    @property
    def drift(self) -> tuple[Drift, ...]:
        """Return what is not as the receipt says."""
        _ = self.receipt  # without one there is nothing to differ from
        value: tuple[Drift, ...] = self._need("receipt").drift
        return value

    def drift_of(self, service: str) -> list[Drift]:
        """Return what differs of one service of the host; the first of them has what stands in no table."""
        every = stages().values()
        return [
            each
            for each in self.drift
            if not any(stage.explains(each) for stage in every) and self._owner(each.name) == service
        ]

    def _owner(self, name: str) -> str:
        """Return the service whose table has a path or a unit; the first one for what none of them has."""
        known = stages()
        served = {name: one for name, one in self.host.services.items() if not known[name].is_shared}
        owner = next((service for service, one in served.items() if one.managed.has(name)), None)
        return owner or next(iter(served), "")
