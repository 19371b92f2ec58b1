"""All that is refused while the options of a service are read."""

from collections.abc import Callable, Mapping

from llamakeep.errors import Refusal


def gathered[R](read: Callable[[str, R], object], readings: Mapping[str, R]) -> list[Refusal]:
    """Return all that is refused while each of the options is read."""
    problems: list[Refusal] = []
    for option, reading in readings.items():
        try:
            read(option, reading)
        except Refusal as refusal:
            problems += refusal.all
    return problems
