"""The header of a GGUF file: what a model says of itself, without its weights."""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .gojson import shortest_float32

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_FLOAT32, _STRING, _ARRAY = 6, 8, 9

_TENSOR_TYPES = (
    *("F32", "F16", "Q4_0", "Q4_1", "?", "?", "Q5_0", "Q5_1", "Q8_0", "Q8_1"),
    *("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S"),
    *("IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16"),
)

_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    32: "BF16",
}


class NotGgufError(ValueError):
    """A file that is not GGUF; the text is the server's answer."""

    def __init__(self) -> None:
        super().__init__("supplied file was not in GGUF format")


@dataclass(frozen=True)
class Tensor:
    """One tensor's name, type and shape."""

    name: str
    type: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """Key-value pairs (arrays as None: they are long and nobody asks for them) and tensors."""

    values: dict[str, Any]
    tensors: tuple[Tensor, ...]

    @property
    def architecture(self) -> str:
        """Such as "llama"."""
        return str(self.values.get("general.architecture", "unknown"))

    @property
    def parameters(self) -> int:
        """How many parameters the model has."""
        return sum(tensor.elements for tensor in self.tensors)

    @property
    def quantization(self) -> str:
        """Such as "Q4_1"."""
        return _FILE_TYPES.get(self.values.get("general.file_type", 0), "unknown")

    def number(self, key: str, default: int = 0) -> int:
        """Return an integer of the model's own architecture, such as `context_length`."""
        value = self.values.get(f"{self.architecture}.{key}", default)
        return value if isinstance(value, int) else default


_read: dict[tuple[str, int, int], Header] = {}


def read(path: Path) -> Header:
    """Read a file's header; the same file is read once."""
    stat = path.stat()
    key = (str(path), stat.st_mtime_ns, stat.st_size)
    if key not in _read:
        _read[key] = _parse(path)
    return _read[key]


def _parse(path: Path) -> Header:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data).header()
    except (struct.error, ValueError, KeyError, IndexError, OverflowError) as error:
        raise NotGgufError from error


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def header(self) -> Header:
        if self._data[:4] != b"GGUF":
            raise NotGgufError
        self._at = 4
        if self._scalar("I") not in (2, 3):
            raise NotGgufError
        tensors, pairs = self._scalar("Q"), self._scalar("Q")
        values: dict[str, Any] = {}
        for _ in range(pairs):
            key = self._string()
            values[key] = self._value(self._scalar("I"))
        return Header(values, tuple(self._tensor() for _ in range(tensors)))

    def _scalar(self, form: str) -> Any:
        value = struct.unpack_from("<" + form, self._data, self._at)[0]
        self._at += struct.calcsize("<" + form)
        return value

    def _string(self) -> str:
        length = self._scalar("Q")
        start, self._at = self._at, self._at + length
        if self._at > len(self._data):
            raise NotGgufError
        return self._data[start : self._at].decode("utf-8", errors="replace")

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._skip_array()
        value = self._scalar(_SCALARS[kind])
        return shortest_float32(value) if kind == _FLOAT32 else value

    def _skip_array(self) -> None:
        kind, count = self._scalar("I"), self._scalar("Q")
        if kind == _STRING:
            length_of = struct.Struct("<Q").unpack_from
            for _ in range(count):
                self._at += 8 + length_of(self._data, self._at)[0]
        elif kind == _ARRAY:
            for _ in range(count):
                self._skip_array()
        else:
            self._at += count * struct.calcsize("<" + _SCALARS[kind])

    def _tensor(self) -> Tensor:
        name = self._string()
        shape = tuple(self._scalar("Q") for _ in range(self._scalar("I")))
        kind = self._scalar("I")
        self._scalar("Q")
        return Tensor(name, _TENSOR_TYPES[kind] if kind < len(_TENSOR_TYPES) else f"type {kind}", shape)
