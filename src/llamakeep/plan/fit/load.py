"""How the server would load one model: the numbers that it hands to its engine."""

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.serving import Serving
from llamakeep.record import Record

BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}  # per element of the cache [llama.cpp: ggml-common.h]
# Families that the server runs with one slot whatever is asked [ollama: server/sched.go, load].
ONE_SLOT = frozenset(
    {
        *("mllama", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next", "lfm2", "lfm2moe"),
        *("nemotron_h", "nemotron_h_moe", "nemotron_h_omni"),
    }
)


class Load(Record):
    """One model at one context."""

    context: int  # tokens per slot
    parallel: int = 1  # slots
    cache_type: str = "f16"
    flash: bool = True  # flash attention
    batch: int = 512  # micro-batch, in tokens

    @property
    def element(self) -> float:
        """Bytes of one element of the cache."""
        return BYTES[self.cache_type]


def context_of(model: Dimensions, wanted: Serving) -> int:
    """Return the tokens per slot: what the model itself asks for goes first, cut to what it was trained for.

    [ollama: server/routes.go, llm/server.go, NewLlamaServer]
    """
    asked = model.num_ctx or wanted.context_length
    return min(asked, model.context) if model.context else asked


def slots_of(model: Dimensions, wanted: Serving) -> int:
    """Return how many requests the server works on at once with this model [ollama: server/sched.go, load]."""
    return 1 if model.encoder or model.architecture in ONE_SLOT else max(wanted.parallel, 1)
