"""What is asked of one host: the parts of a question that differ from host to host."""

from typing import NamedTuple

from llamakeep.inventory.fleet import Host

DOWNLOADS = "/var/cache/llamakeep"
STATE = "/var/lib/llamakeep"  # the receipt, and what was replaced


class Ask(NamedTuple):
    """Paths and units to ask for, and what the facts of services need to know."""

    paths: tuple[str, ...] = (DOWNLOADS, STATE)
    units: tuple[str, ...] = ()
    python: str = "python3"
    services: tuple[object, ...] = ()  # AskOllama(…), AskGateway(…): one for each service that the host is to have

    def service[A](self, kind: type[A]) -> A | None:
        """Return what to ask of the service of that kind; None where the host is to have none."""
        return next((one for one in self.services if isinstance(one, kind)), None)


def units_of(host: Host) -> list[str]:
    """Return the units that the roles of a host manage, each once; those that come and go by a timer are left out."""
    return list(
        dict.fromkeys(
            unit.name
            for one in host.services.values()
            for unit in one.managed.units
            if not unit.name.endswith(".timer")
        )
    )
