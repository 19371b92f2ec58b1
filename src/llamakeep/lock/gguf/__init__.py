"""The header of a GGUF file, read from its first megabytes.

Own code, because the `gguf` package maps a whole file on disk, and a model's file has gigabytes: here its
header comes in growing pieces from whoever can give bytes at an offset, and nobody keeps the tokenizer.

Every length in a header is the word of an untrusted file: none is believed before it is held against the bytes
that are left.
"""

from llamakeep.lock.gguf.header import Header, read
from llamakeep.lock.gguf.source import LARGEST, Read
from llamakeep.lock.gguf.tensor import Tensor

__all__ = ["LARGEST", "Header", "Read", "Tensor", "read"]
