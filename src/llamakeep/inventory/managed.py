"""What a role leaves on a host, from its own table `__<role>_managed`, as the inventory's worker has evaluated it."""

from collections.abc import Callable
from typing import Any

from llamakeep.record import Record


class ManagedUnit(Record):
    """One unit, and how it is to be."""

    name: str  # "ollama.service"
    state: str  # "started", "stopped", "any"
    enabled: bool
    sealed: bool = False  # it sees no network but loopback


class ManagedFile(Record):
    """One file, and which units take it anew; what it holds is rendered when it is laid."""

    path: str
    restarts: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()


class ManagedLink(Record):
    """One link; a link to a release is how the host is told which one runs."""

    path: str  # "/opt/llamakeep/ollama/current"
    to: str
    restarts: tuple[str, ...] = ()


class ManagedDoor(Record):
    """A way into a sealed service, or out of one."""

    name: str  # "ollama-api"
    into: str = ""  # unit
    out_of: str = ""  # unit; a door has one of the two
    port: int
    at: tuple[str, ...] = ()  # addresses on which one into a service listens
    inside: str = ""  # address in the sealed network on which one out of a service listens; empty: 127.0.0.1
    to: str = ""  # where one out of a service leads
    groups: tuple[str, ...] = ()  # whose hosts one into a service lets in, beside its own
    tls: bool = False  # whether one into a service asks for certificates at addresses that are not loopback
    verified_as: str = ""  # the name on the certificate that one out of a service wants to see; empty: it asks for none
    users: tuple[str, ...] | None = None  # of the host, who alone may come, beside root; None: every local user


class Managed(Record):
    """All that one role manages on one host, and the environment that it gives its service."""

    units: tuple[ManagedUnit, ...] = ()
    files: tuple[ManagedFile, ...] = ()
    links: tuple[ManagedLink, ...] = ()
    doors: tuple[ManagedDoor, ...] = ()
    folders: tuple[str, ...] = ()  # paths
    environment: dict[str, str] = {}  # of the service, without what is secret

    def door(self, name: str) -> ManagedDoor:
        """Return the door of that name; raises LookupError where the table has none."""
        found = next((door for door in self.doors if door.name == name), None)
        if found is None:
            raise LookupError(name)
        return found

    def has(self, name: str) -> bool:
        """Tell whether a path or a unit is in the table."""
        paths = {*self.folders, *(one.path for one in self.files), *(one.path for one in self.links)}
        return name in paths or any(unit.name == name for unit in self.units)

    def taking(self, path: str) -> tuple[str, ...]:
        """Return the units that restart when a file or a link changes."""
        every: tuple[ManagedFile | ManagedLink, ...] = (*self.files, *self.links)
        return next((one.restarts for one in every if one.path == path), ())


def managed(table: dict[str, Any], is_secret: Callable[[str, str], bool]) -> Managed:
    """Return a table as the worker has evaluated it; a variable whose name and value are secret is left out.

    >>> managed({"units": [{"name": "ollama.service", "state": "started", "enabled": True}], …}, lambda *_: False)
    Managed(units=(ManagedUnit(name='ollama.service', …),), …)
    """
    variables = {name: "" if value is None else str(value) for name, value in table["environment"].items()}
    plain = {name: value for name, value in variables.items() if not is_secret(name, value)}
    folders = tuple(folder["path"] for folder in table["folders"])
    return Managed.model_validate({**table, "folders": folders, "environment": plain})
