"""The memory of one loaded model, put together from its parts."""

from collections.abc import Sequence

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit import batch, compute, kv
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.load import Load
from llamakeep.plan.fit.result import Estimate
from llamakeep.plan.fit.weights import projector, weights

MARGIN = 1024 * 2**20  # bytes that the engine leaves free on each GPU [llama.cpp: common/common.h, common/fit.cpp]
PROJECTOR_ROOM = 2**30  # bytes beside the projector's weights [ollama: llm/llama_server.go, mmprojOffloadHeadroom]
# Bytes of the driver's context, the most that was measured: 223 to 347 MiB (figures C6), 395 MiB (hostfit of
# waired-agent, a 24 GB card under 0.33.3); 256 MiB where memory is shared (the same place).
CONTEXT, CONTEXT_SHARED = 395 * 2**20, 256 * 2**20


def overhead(device: Device) -> int:
    """Return the bytes that the engine's process costs on a device before it holds anything."""
    return CONTEXT_SHARED if device.shared else CONTEXT


def estimate(model: Dimensions, load: Load, devices: Sequence[Device], *, flash_offered: bool = True) -> Estimate:
    """Return what a load needs on these devices, in bytes; `devices` may be the CPU alone."""
    kind, count = devices[0].kind, len(devices)
    vision = compute.VISION if projector(model) else 0
    held = model.projector if kind == "cpu" else projector(model)  # the file counts whole on the CPU
    buffers = compute.buffer(model, load, kind, count) * count
    cache = kv.cache(model, load)
    return Estimate(
        weights=weights(model, kind),
        cache=cache,
        compute=buffers + vision,
        projector=held + PROJECTOR_ROOM - vision if vision else 0,
        overhead=sum(overhead(device) for device in devices),
        margin=MARGIN * count if kind != "cpu" else 0,
        reserve=_reserve(model, load, devices, buffers + cache, flash_offered=flash_offered),
        context=load.context,
        parallel=load.parallel,
        batch=load.batch,
        gpus=count if kind != "cpu" else 0,
        cache_shown=kv.shown(model, load),
        vision=vision,
    )


def _reserve(model: Dimensions, load: Load, devices: Sequence[Device], growing: int, *, flash_offered: bool) -> int:
    """Return by how many bytes a load of fewer tokens, with its larger micro-batch, would be larger than this one."""
    kind, count = devices[0].kind, len(devices)
    others = (
        compute.buffer(model, other, kind, count) * count + kv.cache(model, other)
        for other in batch.shorter(model, load, devices, flash_offered=flash_offered)
    )
    return max(max(others, default=0) - growing, 0)
