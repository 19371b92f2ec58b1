"""Fit on a terminal: one line for each model of a host, with its arithmetic."""

from collections import Counter
from collections.abc import Iterator

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable
from rich.text import Text

from llamakeep.plan.fit.result import Estimate, HostFit, ModelFit

_STYLES = {"fits": "green", "spreads": "green", "cannot say": "dim", "does not fit": "red"}
_WORDS = {"spills": "spills to the CPU", "cpu": "on the CPU"}


def in_short(fit: ModelFit) -> str:
    """Return verdict and sums in few words.

    >>> in_short(mistral)
    'fits, 5.9 of 24.0 GiB at 8192 context'
    """
    verdict = _WORDS.get(fit.verdict, fit.verdict)
    if fit.verdict == "spills":
        verdict += f" ({fit.on_cpu:.0%})"
    if fit.estimate is None:
        return f"{verdict}: {fit.why}" if fit.why else verdict
    many = f" \N{MULTIPLICATION SIGN} {fit.estimate.parallel}" if fit.estimate.parallel > 1 else ""
    sums = f"{_of(fit.estimate.needed, fit.room)} at {fit.estimate.context}{many} context"
    return f"{verdict}, {sums}"


def arithmetic(estimate: Estimate) -> str:
    """Return the parts of what must be free.

    >>> arithmetic(estimate)
    '4.1 GiB weights + 1.0 GiB cache + 116.0 MiB buffers + 300.0 MiB driver + 1.0 GiB kept free'
    """
    parts = (
        (estimate.weights, "weights"),
        (estimate.cache, "cache"),
        (estimate.compute, "buffers"),
        (estimate.projector, "projector"),
        (estimate.overhead, "driver" if estimate.gpus else "engine"),
        (estimate.reserve, "for a shorter context"),
        (estimate.margin, "kept free"),
    )
    return " + ".join(f"{readable(size)} {name}" for size, name in parts if size)


def lines(fit: HostFit) -> Iterator[Text]:
    """Return for each model what it needs, what there is, and how that comes about; then what goes together."""
    width = max((len(one.model) for one in fit.models), default=0)
    for one in fit.models:
        said = (in_short(one), _STYLES.get(one.verdict, "yellow"))
        line = Text.assemble((one.model.ljust(width), "bold"), "  ", said)
        if one.devices and one.verdict != "cpu":
            line.append(f" on {', '.join(_counted(one.devices))}")
        yield line
        if one.estimate is not None:
            yield Text(f"{' ' * width}  {arithmetic(one.estimate)}", style="dim")
            if one.why:
                yield Text(f"{' ' * width}  {one.why}", style="dim")
    if len(fit.models) > 1 and fit.together:
        count = f"{len(fit.together)} of {len(fit.models)}"
        yield Text(f"{count} can be loaded at the same time: {', '.join(fit.together)}", style="dim")


def _counted(names: tuple[str, ...]) -> Iterator[str]:
    """Return each name once, with how often it stands there.

    >>> list(_counted(("NVIDIA A100", "NVIDIA A100")))
    ['2 x NVIDIA A100']
    """
    for name, count in Counter(names).items():
        yield f"{count} \N{MULTIPLICATION SIGN} {name}" if count > 1 else name


def _of(part: int, whole: int) -> str:
    """Return two sizes with their unit once, where it is the same.

    >>> _of(6335076762, 25769803776)
    '5.9 of 24.0 GiB'
    """
    first, second = readable(part), readable(whole)
    number, _, unit = first.rpartition(" ")
    return f"{number} of {second}" if second.endswith(f" {unit}") else f"{first} of {second}"
