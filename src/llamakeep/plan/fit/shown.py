"""What the server will say that a loaded model takes (SIZE of /api/ps), for the claim that holds it against that."""

from collections.abc import Iterator

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit import batch
from llamakeep.plan.fit.device import Device, Kind
from llamakeep.plan.fit.estimate import estimate
from llamakeep.plan.fit.load import Load, context_of, slots_of
from llamakeep.plan.fit.serving import Serving

_MOST_GPUS = 2  # over more of them a model is spread only where it is very large against its buffers


def shown(model: Dimensions, wanted: Serving, *, on_gpu: bool) -> tuple[int, ...]:
    """Return the bytes that /api/ps may show of a model that lies whole on GPUs, or with the CPU; the least first.

    The micro-batch and flash attention depend on what was free when the model was loaded, which nobody knows
    afterwards: there is a number for each choice that the server had.
    """
    sizes = {
        estimate(model, load, _devices("cuda" if on_gpu else "cpu", count)).size
        for load in _loads(model, wanted)
        for count in range(1, _MOST_GPUS + 1 if on_gpu else 2)
    }
    return tuple(sorted(sizes))


def _loads(model: Dimensions, wanted: Serving) -> Iterator[Load]:
    """Return every way in which the server may have loaded the model."""
    context, slots = context_of(model, wanted), slots_of(model, wanted)
    for flash in (True, False) if wanted.flash_attention is None else (wanted.flash_attention,):
        for size in _batches(model, context * slots):
            yield Load(context=context, parallel=slots, cache_type=wanted.cache_type, flash=flash, batch=size)


def _batches(model: Dimensions, tokens: int) -> tuple[int, ...]:
    if model.num_batch:
        return (model.num_batch,)
    if model.encoder:
        return (min(batch.ENCODER, tokens),)
    larger = tuple(step for step, above in batch.ABOVE.items() if tokens > above)
    return (*((batch.CONSTRAINED,) if larger else ()), batch.LEAST, *larger)


def _devices(kind: Kind, count: int) -> tuple[Device, ...]:
    return tuple(Device(id=str(number), name=kind, kind=kind, total=0, free=0) for number in range(count))
