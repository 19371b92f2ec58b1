"""From a GGUF header to the numbers of a memory estimate."""

from pydantic import ValidationError

from llamakeep.errors import Refusal
from llamakeep.lock.architecture import KNOWN, Architecture
from llamakeep.lock.cache import cache
from llamakeep.lock.gguf import Header
from llamakeep.lock.keys import Keys
from llamakeep.lock.lock import Dimensions
from llamakeep.lock.weights import weigh

_MOST_BLOCKS = 512  # as many as the server loads
_EMBEDDER = "dense.0.weight"  # a gemma3 file with this tensor is embeddinggemma


def dimensions(header: Header, projector: int = 0, num_ctx: int = 0, num_batch: int = 0) -> Dimensions:
    """Return the numbers of a model; what does not stand in its own file is given beside the header.

    Raises Refusal where a key is missing or makes no sense.
    """
    try:
        return _dimensions(header, projector, num_ctx, num_batch)
    except ValidationError as error:
        first = error.errors()[0]
        raise Refusal(
            header.place,
            f"the model's {first['loc'][0]} would be {first['input']}",
            id="model-value-out-of-range",
            expected="a model of this world",
        ) from error


def _dimensions(header: Header, projector: int, num_ctx: int, num_batch: int) -> Dimensions:
    keys = Keys(header)
    architecture = _architecture(header)
    known = architecture is not None
    lenient = None if known else 0
    blocks = keys.number("block_count", lenient)
    if blocks > _MOST_BLOCKS:
        raise Refusal(
            header.place,
            f"the model has {blocks} layers",
            id="model-layers-out-of-range",
            expected=f"{_MOST_BLOCKS} at the most",
        )
    if known and not blocks:
        raise Refusal(header.place, "the model has no layer", id="model-layers-out-of-range", expected="one at least")
    kept = cache(architecture or Architecture(encoder=True), keys, blocks)
    weights = weigh(header.tensors, keys.number("expert_used_count", 0))
    no_memory = architecture is not None and architecture.encoder
    tied = known and not no_memory and not weights.output and bool(weights.embedding)
    return Dimensions(
        architecture=header.architecture,
        context=keys.number("context_length", lenient),
        blocks=blocks,
        embedding=keys.number("embedding_length", lenient),
        feed_forward=weights.width or keys.number("feed_forward_length", 0),
        heads=keys.number("attention.head_count", 0),
        heads_kv=keys.least("attention.head_count_kv", 1) or 1,
        vocabulary=weights.vocabulary or header.lengths.get("tokenizer.ggml.tokens", 0) or keys.number("vocab_size", 0),
        kv=kept.whole,
        kv_window=kept.windowed,
        window=kept.window,
        recurrent=kept.recurrent,
        encoder=no_memory or keys.has("pooling_type"),
        file=header.size,
        embedding_bytes=weights.embedding,
        tied=tied,
        output_bytes=weights.embedding if tied else weights.output,
        block_bytes=weights.largest_block,
        expert_bytes=weights.experts,
        experts_used=keys.number("expert_used_count", 0),
        vision_bytes=weights.vision,
        projector=projector,
        num_ctx=num_ctx,
        num_batch=num_batch,
        known=known,
    )


def _architecture(header: Header) -> Architecture | None:
    """Return how this model keeps its cache; None where nobody here knows."""
    if not header.architecture:
        raise Refusal(
            header.place,
            "the header names no general.architecture",
            id="model-architecture-missing",
            expected="the file of a model",
        )
    if header.values.get("split.count", 0) not in (0, 1):
        raise Refusal(
            header.place,
            "the model is split over several files",
            id="model-split-over-files",
            expected="one file with all of it",
        )
    if header.architecture == "gemma3" and any(tensor.name == _EMBEDDER for tensor in header.tensors):
        return KNOWN["gemma-embedding"]
    return KNOWN.get(header.architecture)
