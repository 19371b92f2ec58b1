"""Whether Ollama has code for a GPU of NVIDIA's, and the driver is new enough for it."""

from collections.abc import Callable, Iterator, Sequence

from llamakeep.observe.seen import Accelerator, Gpu
from llamakeep.plan.fit.floor import OLDEST_DRIVER_BEFORE_VOLTA, oldest_driver, too_old, unsupported
from llamakeep.plan.plan import Finding
from llamakeep.services.ollama.planned.need import Need

_LAST_DRIVER_BEFORE_TURING = 580  # the last branch that knows Maxwell, Pascal and Volta
# Ollama's own list, without those of Jetson, which its JetPack archives serve.
_LISTED = frozenset({"5.0", "5.2", "6.0", "6.1", "7.0", "7.5", "8.0", "8.6", "8.9", "9.0", "12.0", "12.1"})


def driver_findings(need: Need, seen: Accelerator, serving: Sequence[Gpu], played: str) -> Iterator[Finding]:
    """Report boards that Ollama would pass over; `serving` are those that it would use."""
    if seen.platform == "jetson":  # its driver counts in another way, and its capabilities have an archive of their own
        return
    partly = bool(serving)
    for driver, least, names in _grouped(seen.gpus, too_old):
        old = least == OLDEST_DRIVER_BEFORE_VOLTA
        newest = f" (up to {_LAST_DRIVER_BEFORE_TURING}: no later one knows it)" if old else ""
        yield need.trouble(
            "driver-too-old",
            f"the NVIDIA driver {driver} is too old for {names}{played}: Ollama passes it over",
            f"{least} or newer{newest}{', for a compute capability below 7.0' if old else ''}",
            f"install driver {least} or newer and reboot",
            partly=partly,
        )
    for gpu in _unique(gpu for gpu in seen.gpus if not gpu.fault and unsupported(gpu)):
        yield need.trouble(
            "compute-capability-too-low",
            f"{gpu.name} has the compute capability {gpu.capability}{played}, for which Ollama has no code",
            "5.0 or higher",
            "take another GPU",
            partly=partly,
        )
    for gpu in _unique(gpu for gpu in serving if _unlisted(gpu)):
        yield Finding(
            id="compute-capability-unlisted",
            severity="warning",
            found=f"{gpu.name} has the compute capability {gpu.capability}{played}, which Ollama does not list",
            expected=f"one of {', '.join(sorted(_LISTED, key=float))}",
            remedy="see that it is used: `llamakeep verify` reads where a model lies",
        )


def _unlisted(gpu: Gpu) -> bool:
    return gpu.capability is not None and gpu.capability not in _LISTED and not unsupported(gpu)


def _grouped(gpus: Sequence[Gpu], about: Callable[[Gpu], bool]) -> Iterator[tuple[str, int, str]]:
    """Return driver, oldest driver that would do, and the names of the boards, for each such driver."""
    groups: dict[tuple[str, int], dict[str, None]] = {}
    for gpu in gpus:
        if not gpu.fault and about(gpu) and not unsupported(gpu):
            groups.setdefault((gpu.driver, oldest_driver(gpu)), {})[gpu.name] = None
    for (driver, least), names in groups.items():
        yield driver, least, " and ".join(names)


def _unique(gpus: Iterator[Gpu]) -> Iterator[Gpu]:
    """Return one of each name: eight boards of a kind are one finding."""
    return iter({gpu.name: gpu for gpu in gpus}.values())
