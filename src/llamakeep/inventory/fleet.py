"""What we want: the fleet as the inventory describes it."""

from collections.abc import Collection
from typing import Any

from pydantic import SerializeAsAny, field_serializer, field_validator

from llamakeep import services
from llamakeep.hosts.connection import Connection
from llamakeep.inventory.concealed import redact
from llamakeep.inventory.wanted import Wanted
from llamakeep.lock.lock import Lock
from llamakeep.record import Record


class Host(Record):
    """One host of the fleet."""

    name: str
    groups: tuple[str, ...]
    connection: Connection
    addresses: tuple[str, ...] = ()  # every address from which it speaks to others of the fleet
    inputs: dict[str, Any] = {}  # effective value of every option of our roles, and of the lock
    places: dict[str, str] = {}  # option -> "group_vars/llm_hosts.yml:4"; one without a place has its default
    services: dict[str, SerializeAsAny[Wanted]] = {}  # service -> what it should be here

    @field_validator("services", mode="before")
    @classmethod
    def _of_their_kinds(cls, found: Any) -> Any:
        """Read each service of a record as what it is."""
        return services.of_their_kinds("wanted", found)

    @field_serializer("inputs")
    def _redacted(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Keep secrets out of the record: they are Secret in `inputs`, and struck out in JSON."""
        struck_out: dict[str, Any] = redact(inputs)
        return struck_out

    def service[W: Wanted](self, kind: type[W]) -> W | None:
        """Return the service of that kind; None where the host has none.

        >>> host.service(WantedOllama)
        WantedOllama(version='0.34.4', …)
        """
        return next((one for one in self.services.values() if isinstance(one, kind)), None)

    def must_have[W: Wanted](self, kind: type[W]) -> W:
        """Return the service of that kind; raises LookupError for a host that has none."""
        found = self.service(kind)
        if found is None:
            raise LookupError(f"{self.name} has no {kind.__name__}")
        return found

    def having(self, name: str, service: Wanted) -> "Host":
        """Return the same host with another service under that name."""
        return self.model_copy(update={"services": {**self.services, name: service}})

    def lays(self, path: str) -> bool:
        """Tell whether a role lays a file, a folder or a link at a path of this host."""
        return any(one.managed.has(path) for one in self.services.values())

    @property
    def is_managed(self) -> bool:
        """Whether any role manages it."""
        return bool(self.services)


class Fleet(Record):
    """Every host that the inventory names, and the lock that it stands on."""

    inventory: str  # path as given
    lock: Lock
    hosts: tuple[Host, ...]

    def host(self, name: str) -> Host:
        """Return the host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def only(self, names: Collection[str]) -> "Fleet":
        """Return the fleet with the hosts of these names alone."""
        return self.model_copy(update={"hosts": tuple(host for host in self.hosts if host.name in names)})
