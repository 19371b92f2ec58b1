"""What to ask of the hosts of a fleet: their own settings where roles manage them, the usual ones elsewhere."""

from llamakeep.inventory.fleet import Host
from llamakeep.observe.ask import DOWNLOADS, STATE, Ask, units_of
from llamakeep.observe.stage import stages


def ask_of(host: Host) -> Ask:
    """Return what to ask of a host."""
    ask = usual()._replace(python=host.connection.python or "python3")
    if not host.is_managed:
        return ask
    parts = [(stage, host.services[name]) for name, stage in stages().items() if name in host.services]
    paths = [path for stage, wanted in parts for path in stage.paths(wanted)]
    asked = [one for stage, wanted in parts if (one := stage.ask(wanted)) is not None]
    return ask._replace(paths=(*paths, DOWNLOADS, STATE), units=tuple(units_of(host)), services=tuple(asked))


def usual() -> Ask:
    """Return what to ask of a host that no role manages."""
    paths = [path for stage in stages().values() for path in stage.usual_paths]
    units = [unit for stage in stages().values() for unit in stage.usual_units]
    return Ask(paths=(*paths, DOWNLOADS, STATE), units=tuple(units))
