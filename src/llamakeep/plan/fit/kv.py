"""The KV cache: exact arithmetic.

Source: figures C1 [llama.cpp: src/llama-context.cpp, src/llama-kv-cache-iswa.cpp].
"""

import math

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.load import Load

BLOCK = 256  # cells: every stream of the cache is rounded up to a multiple of it


def cells(tokens: int) -> int:
    """Return the cells of one slot: tokens, rounded up.

    >>> cells(20000)
    20224
    """
    return math.ceil(tokens / BLOCK) * BLOCK


def window_cells(model: Dimensions, load: Load) -> int:
    """Return the cells of one slot in layers with a window: the window and one micro-batch, never more than all."""
    if not model.kv_window:
        return 0
    return cells(min(cells(load.context), model.window + load.batch))


def whole(model: Dimensions, load: Load) -> int:
    """Return the bytes of the cache of the layers that keep the whole context, over all slots."""
    return math.ceil(load.parallel * cells(load.context) * model.kv * load.element)


def windowed(model: Dimensions, load: Load) -> int:
    """Return the bytes of the cache of the layers that keep a window, over all slots."""
    return math.ceil(load.parallel * window_cells(model, load) * model.kv_window * load.element)


def recurrent(model: Dimensions, load: Load) -> int:
    """Return the bytes of state of hybrid models, over all slots."""
    return load.parallel * model.recurrent


def cache(model: Dimensions, load: Load) -> int:
    """Return the bytes of all of it; an encoder's numbers have none."""
    return whole(model, load) + windowed(model, load) + recurrent(model, load)


def shown(model: Dimensions, load: Load) -> int:
    """Return the bytes that /api/ps counts: of two caches the server reads the last line of the log only.

    [ollama: llm/llama_server.go, memoryParsingWriter; pull request 17037]
    """
    return (windowed(model, load) or whole(model, load)) + recurrent(model, load)


def layer(model: Dimensions) -> int:
    """Return the elements of K and V per token of one layer with attention; of hybrid models by the header's heads."""
    if not model.blocks:
        return 0
    mean = (model.kv + model.kv_window) // model.blocks
    heads = 2 * model.heads_kv * (model.embedding // model.heads) if model.heads else 0
    return max(mean, heads) if model.recurrent else mean
