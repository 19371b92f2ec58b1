"""The compute buffer: what the engine reserves for the widest moment of one micro-batch, on each device.

Derived from what llama.cpp b10488 (Ollama 0.32.15) prints of its own allocations, and held against some 200 loads
(docs/fit.md): floats per token at the feed-forward layer or at attention, whichever is more, the mask, and the inputs.
"""

import math

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit import kv
from llamakeep.plan.fit.attention import REFUSED
from llamakeep.plan.fit.device import Kind
from llamakeep.plan.fit.load import Load

FLOAT = 4  # bytes
INPUTS = 24  # bytes per token and cache: positions and the places to write to
UNGATED = frozenset({"bert"})  # feed-forward layers without a gate: one copy of the width where others hold three
VISION = 128 * 2**20  # bytes of the vision part's buffer: between 96 and 158 MiB by both rows of gemma3:4b
COPIES = 4  # of the inputs on each of several GPUs, where all layers lie on them [llama.cpp: GGML_SCHED_MAX_COPIES]
SPILLED = 14 * 2**20  # bytes more on the GPU where a part of the layers stays with the CPU (four loads: 12.5 to 13.5)


def buffer(model: Dimensions, load: Load, kind: Kind, devices: int = 1) -> int:
    """Return the bytes of the buffer on one of so many devices, without the vision part's.

    >>> buffer(llama31_8b, Load(context=8192, batch=1024), "cuda") / 2**20
    232.0234375
    """
    tokens = _tokens(load)
    floats = max(_feed_forward(model), _attention(model, load, kind))
    caches = bool(model.kv) + bool(model.kv_window)
    inputs = INPUTS * max(caches, 1) + _mask(model, load)
    if not load.flash:
        floats += 3 * model.embedding if _sees_all(model) else _values(model) * 2 * caches
    if kind in ("cpu", "metal"):
        floats += model.embedding  # the input lies in the same buffer
    if devices > 1:
        inputs += (COPIES - 1) * (_mask(model, load) + (0 if load.flash else 8 * _values(model) * caches))
        inputs += COPIES * FLOAT * model.embedding
    rows = load.parallel * model.vocabulary * FLOAT if kind == "cpu" else 0  # what is put out lies with the CPU
    return math.ceil(tokens * (floats * FLOAT + inputs)) + rows


def spilled(model: Dimensions, load: Load, kind: Kind) -> int:
    """Return the bytes of the buffer on a GPU that works for layers with the CPU too, from copies in this buffer."""
    layer = load.parallel * kv.cells(load.context) * kv.layer(model) * load.element
    copied = _tokens(load) * (_mask(model, load) + FLOAT * (2 * model.embedding + _queries(model))) + layer
    expert = model.expert_bytes // (3 * model.blocks) if model.blocks else 0  # one tensor of one layer
    return max(buffer(model, load, kind) + SPILLED, math.ceil(copied)) + expert


def _tokens(load: Load) -> int:
    return min(load.batch, load.context * load.parallel)


def _sees_all(model: Dimensions) -> bool:
    """Return whether it is an encoder: no cache, and every token looks at all of its micro-batch."""
    return model.encoder and not model.kv + model.kv_window


def _mask(model: Dimensions, load: Load) -> int:
    """Return the bytes per token that say which cell it may look at; f16 with flash attention, f32 without."""
    width = 2 if load.flash else FLOAT
    if _sees_all(model):
        return width * _tokens(load)
    return width * ((kv.cells(load.context) if model.kv else 0) + kv.window_cells(model, load))


def _feed_forward(model: Dimensions) -> int:
    """Return the floats per token at the feed-forward layer."""
    if _sees_all(model):
        return 2 * model.embedding + (1 if model.architecture in UNGATED else 3) * model.feed_forward
    width, experts, values = model.feed_forward, model.experts_used * model.embedding, _queries(model)
    if not model.expert_bytes:
        middle = 3 * width
    elif width > values:
        middle = 3 * width + (experts if experts > 2 * width else 0)
    else:
        middle = 2 * width + max(width, experts)
    return 2 * model.embedding + values + middle + _rows(model)


def _attention(model: Dimensions, load: Load, kind: Kind) -> float:
    """Return the floats per token at attention; without flash attention with a score for each head and cell.

    CUDA keeps one layer of a quantised cache in f16 beside it; CPU and Metal read it as it is.
    """
    floats: float = 2 * model.embedding + 2 * _queries(model) + _values(model) + _rows(model)
    cells = _tokens(load) if _sees_all(model) else kv.cells(load.context)
    if not load.flash:
        experts = model.experts_used * model.embedding if model.architecture in REFUSED else 0
        return floats + model.heads * cells + experts
    if load.cache_type != "f16" and kind in ("cuda", "rocm"):
        floats += 2 * load.parallel * cells * kv.layer(model) / (FLOAT * max(_tokens(load), 1))
    return floats


def _rows(model: Dimensions) -> int:
    """Return the floats per token of an embedding model that is built as a generating one: its vocabulary, for each."""
    return model.vocabulary if model.encoder and not _sees_all(model) else 0


def _values(model: Dimensions) -> int:
    """Return the width of V of one layer."""
    return kv.layer(model) // 2


def _queries(model: Dimensions) -> int:
    """Return the width of the queries: heads times their size, as K and V have it."""
    if not model.heads_kv or not model.kv + model.kv_window:
        return model.embedding
    return max(model.heads * (kv.layer(model) // (2 * model.heads_kv)), 1)
