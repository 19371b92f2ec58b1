"""A tensor as the list in a GGUF header has it: a name, a shape, and where its bytes lie."""

import math
from itertools import pairwise
from typing import NamedTuple

# number of the type -> (values of a block, bytes of a block)
_BLOCKS = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    9: (32, 40),  # Q8_1
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    15: (256, 292),  # Q8_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
    40: (64, 36),  # NVFP4
    41: (128, 18),  # Q1_0
}


class Tensor(NamedTuple):
    """One tensor."""

    name: str  # "blk.0.attn_q.weight"
    shape: tuple[int, ...]  # the contiguous dimension first, as the file has it: (4096, 32000) for 32000 rows
    kind: int  # number of its type
    offset: int  # bytes from the beginning of the data
    size: int = 0  # bytes

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def measured(tensors: list[Tensor], data: int) -> tuple[Tensor, ...]:
    """Return the tensors with their sizes; `data` is what the file has for all of them, in bytes.

    A type that is not known here gets the room up to the next tensor.
    """
    ends = sorted({tensor.offset for tensor in tensors} | {data})
    following = dict(pairwise(ends))
    return tuple(
        tensor._replace(size=_size(tensor) or max(following.get(tensor.offset, data) - tensor.offset, 0))
        for tensor in tensors
    )


def _size(tensor: Tensor) -> int:
    """Return the bytes of a tensor by its type; 0: a type that is not known."""
    values, size = _BLOCKS.get(tensor.kind, (0, 0))
    return tensor.elements // values * size if values else 0
