"""How many of the listed models can be loaded at the same time.

Source: figures C7 [ollama: server/sched.go, processPending, load].
"""

from collections.abc import Sequence

from llamakeep.lock.lock import LockedModel
from llamakeep.plan.fit import batch
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.result import ModelFit
from llamakeep.plan.fit.serving import Serving
from llamakeep.plan.fit.verdict import choose, verdict_of

A_GPU = 3  # models for each GPU, where the operator names no number; on the CPU as on one


def together(wanted: Serving, gpus: Sequence[Device], cpu: Device | None) -> tuple[str, ...]:
    """Return the models that can be loaded at once, in the order of the inventory; each is held against what is left.

    One that does not fit alone is passed over; the first that another one would have to leave for ends it.
    """
    most = wanted.max_loaded or A_GPU * max(len(gpus), 1)
    names: list[str] = []
    left, left_cpu = tuple(gpus), cpu
    for model in wanted.models:
        alone = verdict_of(model, wanted, gpus, cpu)
        if alone.verdict not in ("fits", "spreads", "cpu"):
            continue
        joined = verdict_of(model, wanted, left, left_cpu)
        if len(names) == most or _on_gpus(joined) != _on_gpus(alone) or (names and _pushes(model, wanted, left)):
            break
        if joined.verdict not in ("fits", "spreads", "cpu"):
            break
        names.append(model.name)
        left, left_cpu = _after(model, wanted, joined, left, left_cpu)
    return tuple(names)


def _on_gpus(fit: ModelFit) -> bool:
    return fit.verdict in ("fits", "spreads")


def _pushes(model: LockedModel, wanted: Serving, gpus: Sequence[Device]) -> bool:
    """Return whether the server would rather unload another model first: by its own forecast, as in `batch`."""
    if model.dimensions is None or not gpus:
        return False
    chosen, load = choose(model.dimensions, wanted, gpus)
    surcharge = 0 if model.dimensions.encoder else batch.surcharge(load.batch)
    forecast = batch.forecast(model.dimensions, load.context * load.parallel)
    return forecast + surcharge > batch.available(chosen) * batch.USABLE // 100


def _after(
    model: LockedModel, wanted: Serving, fit: ModelFit, gpus: Sequence[Device], cpu: Device | None
) -> tuple[tuple[Device, ...], Device | None]:
    """Return what is left of the devices once a model is loaded: those that hold it give up the same share each."""
    if fit.estimate is None or model.dimensions is None:
        return tuple(gpus), cpu
    if not _on_gpus(fit):
        return tuple(gpus), _without(cpu, fit.estimate.taken)
    chosen, _ = choose(model.dimensions, wanted, gpus)
    free = max(sum(device.free for device in chosen), 1)
    left = []
    for device in gpus:
        share = fit.estimate.taken * device.free // free if device in chosen else 0
        left.append(device.model_copy(update={"free": max(device.free - share, 0)}))
    shared = any(device.shared for device in chosen)
    return tuple(left), _without(cpu, fit.estimate.taken) if shared else cpu


def _without(cpu: Device | None, taken: int) -> Device | None:
    """Return the host's memory without so many bytes of it."""
    return cpu.model_copy(update={"free": max(cpu.free - taken, 0)}) if cpu is not None else None
