"""What a model's tensors weigh, by what they are for."""

import re
from collections import Counter
from typing import NamedTuple

from llamakeep.lock.gguf import Tensor

_EMBEDDING, _OUTPUT = "token_embd.weight", "output.weight"
_VISION = ("v.", "mm.", "a.", "s.", "model.vision_tower.")  # pictures, projector, audio: text loaders pass over them
_BLOCK = re.compile(r"blk\.(\d+)\.(.+)")
_EXPERT = re.compile(r"ffn_\w+_exps\b|ffn_(?:gate|up|down)\.\d+\.")
_DOWN = re.compile(r"ffn_down(?P<kind>_exps|_shexp|\.\d+)?\.weight")


class Weights(NamedTuple):
    """Bytes of groups of tensors, and the width of the feed-forward part."""

    embedding: int = 0
    output: int = 0  # of a matrix of its own; 0: there is none
    largest_block: int = 0
    experts: int = 0
    vision: int = 0
    width: int = 0  # feed-forward values in use per token, the most of any layer; 0: no layer has such a part
    vocabulary: int = 0  # rows of the embedding


def weigh(tensors: tuple[Tensor, ...], experts_used: int) -> Weights:
    """Return what these tensors weigh; of a mixture `experts_used` work on each token."""
    named = {tensor.name: tensor for tensor in tensors}
    blocks: Counter[int] = Counter()
    widths: Counter[int] = Counter()
    experts = vision = 0
    for tensor in tensors:
        found = _BLOCK.fullmatch(tensor.name)
        if found is None:
            vision += tensor.size if tensor.name.startswith(_VISION) else 0
            continue
        block, part = int(found[1]), found[2]
        blocks[block] += tensor.size
        experts += tensor.size if _EXPERT.match(part) else 0
        widths[block] += _width(part, tensor.shape, experts_used)
    embedding, output = named.get(_EMBEDDING), named.get(_OUTPUT)
    return Weights(
        embedding=embedding.size if embedding else 0,
        output=output.size if output else 0,
        largest_block=max(blocks.values(), default=0),
        experts=experts,
        vision=vision,
        width=max(widths.values(), default=0),
        vocabulary=embedding.shape[1] if embedding and len(embedding.shape) > 1 else 0,
    )


def _width(part: str, shape: tuple[int, ...], experts_used: int) -> int:
    """Return the values that the down projection `part` of a layer takes from the others for each token."""
    down = _DOWN.fullmatch(part)
    if down is None or not shape:
        return 0
    if down["kind"] == "_exps":
        return shape[0] * experts_used
    if (down["kind"] or "").startswith("."):  # older files: each expert is a tensor of its own
        return shape[0] if int(down["kind"][1:]) < experts_used else 0
    return shape[0]
