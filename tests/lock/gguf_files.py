"""GGUF files without their weights: real headers, made by the `gguf` package."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
from gguf import GGML_QUANT_SIZES, GGUFWriter
from gguf import GGMLQuantizationType as Type

from llamakeep.lock import gguf
from llamakeep.lock.dimensions import dimensions
from llamakeep.lock.lock import Dimensions

Shapes = dict[str, tuple[int, ...]]  # rows first, as numpy has them


@dataclass
class File:
    """The bytes of a header, and the size that the whole file would have."""

    data: bytes
    size: int
    asked: list[tuple[int, int]] = field(default_factory=list)

    def fetch(self, offset: int, count: int) -> bytes:
        """Give bytes as a registry does, zeros behind the header."""
        self.asked.append((offset, count))
        end = min(offset + count, self.size)
        return self.data[offset:end].ljust(end - offset, b"\0")

    def header(self) -> gguf.Header:
        return gguf.read(self.fetch, self.size, "the file")

    def dimensions(self) -> Dimensions:
        return dimensions(self.header())


def made(
    architecture: str, keys: dict[str, Any], tensors: Shapes, *, kind: Type = Type.F16, vocabulary: Sequence[str] = ()
) -> File:
    """Return a file of this architecture; `keys` stand below its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.gguf"
        writer = GGUFWriter(path, architecture)
        writer.add_chat_template("{{ messages }}" * 500)
        for key, value in keys.items():
            _add(writer, f"{architecture}.{key}", value)
        if vocabulary:
            writer.add_token_list(vocabulary)
            writer.add_token_scores([0.0] * len(vocabulary))
            writer.add_token_merges([f"{token} {token}" for token in vocabulary])
        for name, shape in tensors.items():
            values = numpy.broadcast_to(numpy.float16(0), shape)
            writer.add_tensor_info(name, shape, values.dtype, _bytes(shape, kind), kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        writer.close()
        data = path.read_bytes()
    padded = -(-len(data) // 32) * 32 + sum(-(-_bytes(shape, kind) // 32) * 32 for shape in tensors.values())
    return File(data, padded)


def _add(writer: GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, list):
        writer.add_array(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_uint32(key, value)


def _bytes(shape: tuple[int, ...], kind: Type) -> int:
    values, size = GGML_QUANT_SIZES[kind]
    return math.prod(shape) // values * size


def layers(count: int, shapes: Shapes) -> Shapes:
    """Return the tensors of so many equal layers."""
    return {f"blk.{layer}.{name}": shape for layer in range(count) for name, shape in shapes.items()}
