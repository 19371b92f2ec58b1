"""Everything that is wrong with an inventory, said at once."""

from collections.abc import Callable, Mapping, Sequence

from llamakeep.errors import Refusal


class Refusals(Refusal):
    """Several refusals as one."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Take at least one refusal."""
        first = refusals[0]
        super().__init__(first.place, first.found, expected=first.expected, remedy=first.remedy, id=first.id)
        self.all = tuple(refusals)

    def __str__(self) -> str:
        return "\n".join(map(str, self.all))


def refuse(problems: Sequence[Refusal]) -> None:
    """Raise what there is to refuse, in the order of the places; nothing where there is nothing."""
    if problems:
        unique = {str(problem): problem for problem in problems}
        raise Refusals(sorted(unique.values(), key=_by_place))


def _by_place(problem: Refusal) -> tuple[str, int]:
    """Sort line 9 before line 10."""
    path, _, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdigit() else (problem.place, 0)


def gathered[R](read: Callable[[str, R], object], readings: Mapping[str, R]) -> list[Refusal]:
    """Return all that is refused while each of the options is read."""
    problems: list[Refusal] = []
    for option, reading in readings.items():
        try:
            read(option, reading)
        except Refusal as refusal:
            problems += refusal.all if isinstance(refusal, Refusals) else (refusal,)
    return problems
