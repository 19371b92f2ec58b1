"""A verdict with its arithmetic, in one line."""

from llamakeep.plan.fit.page import arithmetic, in_short
from llamakeep.plan.fit.result import ModelFit


def words(fit: ModelFit) -> str:
    """Return verdict, sums, their parts, and what is in the way.

    >>> words(mistral)
    'fits, 6.6 of 24.0 GiB at 8192 context: 4.0 GiB weights + 1.0 GiB cache + 232.0 MiB buffers + …'
    """
    if fit.estimate is None:
        return in_short(fit)
    return f"{in_short(fit)}: {arithmetic(fit.estimate)}" + (f"; {fit.why}" if fit.why else "")
