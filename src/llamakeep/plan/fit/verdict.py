"""Whether one model fits on one host, and if not, what is in the way."""

from collections.abc import Sequence

from ansible_collections.llamakeep.fleet.plugins.module_utils.amount import readable

from llamakeep.lock.lock import Dimensions, LockedModel
from llamakeep.plan.fit import attention, batch, placement
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.estimate import estimate
from llamakeep.plan.fit.load import Load, context_of, slots_of
from llamakeep.plan.fit.result import Estimate, ModelFit, Verdict
from llamakeep.plan.fit.serving import Serving

PROMPTS = 8 * 2**30  # bytes of host memory that the engine may fill with prompts it has seen [llama.cpp: common.h]


def verdict_of(model: LockedModel, wanted: Serving, gpus: Sequence[Device], cpu: Device | None) -> ModelFit:
    """Return the verdict on a model; `gpus` and `cpu` have the memory that is free for it."""
    numbers = model.dimensions
    if numbers is None:
        return _cannot_say(model, "the lock has no numbers for it → llamakeep lock")
    if not numbers.known:
        return _cannot_say(model, f"how {numbers.architecture} keeps its cache is not known here")
    if not gpus and cpu is None:
        return _cannot_say(model, "the memory of the host could not be seen")
    if wanted.cache_type != "f16" and wanted.flash_attention is False and not numbers.encoder:
        why = f"a cache of {wanted.cache_type} needs flash attention, which is switched off"
        return ModelFit(model=model.name, verdict="does not fit", estimate=None, room=0, why=why)
    if gpus:
        return _on_gpus(model.name, numbers, wanted, gpus, cpu)
    return _on_cpu(model.name, numbers, wanted, cpu)


def load_on(model: Dimensions, wanted: Serving, devices: Sequence[Device]) -> Load:
    """Return how the server loads a model on the devices that it chose."""
    flash = attention.used(model, devices, wanted.flash_attention, wanted.cache_type)
    load = Load(
        context=context_of(model, wanted), parallel=slots_of(model, wanted), cache_type=wanted.cache_type, flash=flash
    )
    offered = attention.offered(devices, wanted.flash_attention)
    return load.model_copy(update={"batch": batch.micro_batch(model, load, devices, flash_offered=offered)})


def choose(model: Dimensions, wanted: Serving, gpus: Sequence[Device]) -> tuple[tuple[Device, ...], Load]:
    """Return the GPUs that the server picks for a model, and how it loads it there."""
    tokens = context_of(model, wanted) * slots_of(model, wanted)
    chosen = placement.choose(gpus, batch.forecast(model, tokens), spread=wanted.spread)
    return chosen, load_on(model, wanted, chosen)


def _on_gpus(name: str, model: Dimensions, wanted: Serving, gpus: Sequence[Device], cpu: Device | None) -> ModelFit:
    """Return the verdict where there are GPUs: whole on one or several of them, in part, or not at all."""
    chosen, load = choose(model, wanted, gpus)
    offered = attention.offered(chosen, wanted.flash_attention)
    sums = estimate(model, load, chosen, flash_offered=offered)
    room = sum(device.free for device in chosen)
    names = tuple(device.name for device in chosen)
    if len(chosen) == 1:
        whole = sums.needed <= room
    else:
        whole = placement.layers_held(model, load, sums, chosen, whole=True) == model.blocks + 1
    if whole:
        verdict: Verdict = "fits" if len(chosen) == 1 else "spreads"
        return ModelFit(model=name, verdict=verdict, estimate=sums, room=room, devices=names)
    held = placement.layers_held(model, load, sums, chosen, whole=False)
    if held == 0:
        return _on_cpu(name, model, wanted, cpu)
    return _spilled(name, model, sums, chosen, cpu, held)


def _spilled(
    name: str, model: Dimensions, sums: Estimate, chosen: Sequence[Device], cpu: Device | None, held: int
) -> ModelFit:
    """Return the verdict on a model of which the GPUs hold a part only."""
    layers = model.blocks + 1
    share = max(1 - held / layers, 1 / layers)
    kept = int(share * (sums.weights - model.output_bytes + sums.cache)) + model.embedding_bytes
    names = tuple(device.name for device in chosen)
    room = sum(device.free for device in chosen)
    free = cpu.free if cpu is not None else 0
    if any(device.shared for device in chosen):
        free = max(free - int((1 - share) * sums.taken), 0)
    said = f"{held} of {layers} layers on the GPU, {readable(kept)} with the CPU, which has {readable(free)} free"
    fits = kept <= free
    return ModelFit(
        model=name,
        verdict="spills" if fits else "does not fit",
        estimate=sums,
        room=room,
        devices=names,
        on_cpu=share,
        host=kept,
        why=said + (_prompts(free - kept) if fits else ""),
    )


def _on_cpu(name: str, model: Dimensions, wanted: Serving, cpu: Device | None) -> ModelFit:
    """Return the verdict where no GPU takes a part."""
    if cpu is None:
        return ModelFit(
            model=name, verdict="cannot say", estimate=None, room=0, why="the memory of the host could not be seen"
        )
    sums = estimate(model, load_on(model, wanted, (cpu,)), (cpu,))
    fits = sums.needed <= cpu.free
    return ModelFit(
        model=name,
        verdict="cpu" if fits else "does not fit",
        estimate=sums,
        room=cpu.free,
        devices=(cpu.name,),
        on_cpu=1.0,
        host=sums.needed,
        why=_prompts(cpu.free - sums.needed).removeprefix("; ")
        if fits
        else f"no GPU can take it, and {readable(cpu.free)} of the host's memory is free",
    )


def _prompts(left: int) -> str:
    """Return what to say where the engine's store of prompts does not find its room."""
    if left >= PROMPTS:
        return ""
    return f"; the engine may keep up to {readable(PROMPTS)} of prompts beside it, {readable(left)} is left"


def _cannot_say(model: LockedModel, why: str) -> ModelFit:
    return ModelFit(model=model.name, verdict="cannot say", estimate=None, room=0, why=why)
