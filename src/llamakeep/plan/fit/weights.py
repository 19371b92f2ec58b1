"""The weights that lie on a device.

Source: figures C2 [llama.cpp: src/llama-model.cpp, "input layer"].
"""

from llamakeep.lock.lock import Dimensions
from llamakeep.plan.fit.device import Kind


def weights(model: Dimensions, kind: Kind) -> int:
    """Return the bytes of the language part on devices of that kind.

    CUDA and ROCm leave the token embedding with the CPU, unless it serves as the output matrix too. Metal maps the
    file as it is: its four measured rows count the embedding. On the CPU the file counts whole.
    """
    if kind == "cpu":
        return model.file
    text = max(model.file - model.vision_bytes, 0)
    if kind == "metal" or model.tied:
        return text
    return max(text - model.embedding_bytes, 0)


def projector(model: Dimensions) -> int:
    """Return the bytes of vision and audio weights, wherever they come from; they go to the first GPU."""
    return model.projector + model.vision_bytes
