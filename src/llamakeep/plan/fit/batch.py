"""The micro-batch: the server picks it from context and free memory, and the compute buffer is proportional to it.

Source: figures C3 and C7 [ollama: server/sched.go, automaticGenerationBatch; llm/llama_server.go, PredictServerVRAM].
"""

from collections.abc import Iterator, Sequence

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.device import Device
from llamakeep.plan.fit.load import Load

ENCODER = 2048  # tokens, of embedding models
LEAST, MEDIUM, LARGE = 512, 1024, 2048  # tokens
CONSTRAINED = 256  # tokens: CUDA without flash attention on a small card
SMALL_CARD = 8 * 2**30  # bytes
ABOVE = {MEDIUM: 4096, LARGE: 32768}  # total context in tokens from which a step is tried
SURCHARGE = {MEDIUM: 768 * 2**20, LARGE: 2 * 2**30}  # bytes that a step must leave beside the forecast
PERCENT = {MEDIUM: 75, LARGE: 60}  # of free memory that the forecast may take at a step
USABLE = 80  # per cent of free memory that the server plans with


def forecast(model: Dimensions, tokens: int) -> int:
    """Return the server's own guess, in bytes, for so many tokens over all slots.

    A copy, faults included: it knows no type of the cache, no window, no key length, no projector, no buffer.
    """
    return model.file + _per_token(model) * tokens


def micro_batch(model: Dimensions, load: Load, devices: Sequence[Device], *, flash_offered: bool) -> int:
    """Return the micro-batch in tokens of a load on these devices; what `load` has in its place is not looked at."""
    tokens = load.context * load.parallel
    if model.num_batch:
        return model.num_batch
    if model.encoder:
        return min(ENCODER, load.context)  # [ollama: llm/llama_server.go, DefaultEmbeddingNumBatchForContext]
    if not flash_offered and any(device.kind == "cuda" for device in devices):
        small = tokens > ABOVE[MEDIUM] and any(min(device.free, device.total) <= SMALL_CARD for device in devices)
        return CONSTRAINED if small else LEAST
    free = available(devices)
    for step in (LARGE, MEDIUM):
        if tokens > ABOVE[step] and (free == 0 or forecast(model, tokens) <= _limit(step, free)):
            return step
    return LEAST


def shorter(model: Dimensions, load: Load, devices: Sequence[Device], *, flash_offered: bool) -> Iterator[Load]:
    """Return the loads of fewer tokens or slots that get a larger micro-batch, each as large as it can be.

    A request may ask for a shorter context than the host's, and the server then loads the model anew: with the
    larger micro-batch it can need more than the full context does.
    """
    free = available(devices)
    if model.num_batch or model.encoder or free == 0:
        return
    if not flash_offered and any(device.kind == "cuda" for device in devices):
        if load.batch == CONSTRAINED:
            for slots in range(1, load.parallel + 1):
                context = min(load.context, ABOVE[MEDIUM] // slots)
                yield load.model_copy(update={"context": context, "parallel": slots, "batch": LEAST})
        return
    for step in (MEDIUM, LARGE):
        if step <= load.batch:
            continue
        most = (_limit(step, free) - model.file) // max(_per_token(model), 1)
        for slots in range(1, load.parallel + 1):
            context = min(load.context, most // slots)
            if context * slots > ABOVE[step]:
                yield load.model_copy(update={"context": context, "parallel": slots, "batch": step})


def surcharge(batch: int) -> int:
    """Return the bytes that the server adds to its forecast for a micro-batch [ollama: generationBatchSurcharge]."""
    return SURCHARGE[LARGE] if batch >= LARGE else SURCHARGE[MEDIUM] if batch >= MEDIUM else 0


def available(devices: Sequence[Device]) -> int:
    """Return the free bytes that the server reckons with: those of the GPUs, none where there is none."""
    return sum(device.free for device in devices if device.is_gpu)


def _per_token(model: Dimensions) -> int:
    """Return the bytes per token of the server's guess: f16, K and V of the fewest heads, as wide as the embedding."""
    head = model.embedding // model.heads if model.heads else 0
    return 2 * model.blocks * max(model.heads_kv, 1) * head * 2


def _limit(step: int, free: int) -> int:
    """Return the largest forecast in bytes with which a step is taken."""
    return min(free * PERCENT[step] // 100, free * USABLE // 100 - SURCHARGE[step])
