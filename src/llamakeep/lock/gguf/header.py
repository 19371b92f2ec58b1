"""What a GGUF file says of itself before its weights begin: keys with values, and the list of tensors."""

import struct
from typing import NamedTuple

from llamakeep.errors import Refusal
from llamakeep.lock.gguf.source import Read, Source
from llamakeep.lock.gguf.tensor import Tensor, measured

Scalar = int | float | bool | str
Value = Scalar | tuple[int | float | bool, ...]

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_COUNT, _KIND = struct.Struct("<Q"), struct.Struct("<I")
_NUMBERS = {
    number: struct.Struct(f"<{form}")
    for number, form in {
        0: "B",
        1: "b",
        2: "H",
        3: "h",
        4: "I",
        5: "i",
        6: "f",
        7: "?",
        10: "Q",
        11: "q",
        12: "d",
    }.items()
}
_STRING, _ARRAY = 8, 9

# What is kept of a header: nobody needs chat templates and vocabularies, and none of these is near its limit.
_LONGEST_STRING = 1 << 10  # bytes
_LONGEST_ARRAY = 1 << 10  # numbers; one for each layer
_MOST_ENTRIES = 1 << 21  # of an array; the largest vocabularies have 1 << 18 tokens and twice as many merges
_LONGEST_NAME = 1 << 16  # bytes, of a key or a tensor
_MOST_KEYS = 1 << 16
_MOST_TENSORS = 1 << 16
_MOST_AXES = 8
_ALIGNMENT = 32


class Header(NamedTuple):
    """One header."""

    place: str  # the file's name in a refusal
    values: dict[str, Value]  # numbers, short texts, and short arrays of numbers
    lengths: dict[str, int]  # entries of every array, kept or not
    tensors: tuple[Tensor, ...]
    size: int  # bytes of the whole file
    received: int  # bytes that were fetched for it

    @property
    def architecture(self) -> str:
        """Such as "llama"."""
        return str(self.values.get("general.architecture", ""))


def read(fetch: Read, size: int, place: str) -> Header:
    """Read the header of a file of `size` bytes through `fetch`; `place` is its name in a refusal.

    Raises Refusal for what is no GGUF file, or a damaged one.
    """
    source = Source(fetch, size, place)
    _expect_gguf(source)
    tensor_count, key_count = _count(source), _count(source)
    _limit(source, tensor_count, _MOST_TENSORS, "tensors")
    _limit(source, key_count, _MOST_KEYS, "keys")
    source.hold(key_count, _COUNT.size + _KIND.size + 1)
    values: dict[str, Value] = {}
    lengths: dict[str, int] = {}
    for _ in range(key_count):
        _pair(source, values, lengths)
    source.hold(tensor_count, 2 * _COUNT.size + 2 * _KIND.size)
    tensors = [_tensor(source) for _ in range(tensor_count)]
    data = size - _aligned(source.position, values)
    found = measured(tensors, data)
    _expect_whole(found, data, place)
    return Header(place, values, lengths, found, size, source.received)


def _expect_gguf(source: Source) -> None:
    """Refuse what does not begin as a GGUF file of a version that is read here."""
    expected = "a GGUF file of version 2 or 3"
    magic = source.take(len(_MAGIC))
    if magic != _MAGIC:
        raise Refusal(source.place, f"no GGUF file: it begins with {magic!r}", id="not-a-gguf-file", expected=expected)
    version = _kind(source)
    if version in _VERSIONS:
        return
    if version.to_bytes(4, "little") in {number.to_bytes(4, "big") for number in (1, *_VERSIONS)}:
        raise Refusal(
            source.place,
            "a GGUF file for big-endian machines",
            id="gguf-big-endian",
            expected="one for little-endian machines",
        )
    raise Refusal(source.place, f"a GGUF file of version {version}", id="gguf-version-unsupported", expected=expected)


def _pair(source: Source, values: dict[str, Value], lengths: dict[str, int]) -> None:
    """Read one key with its value; keep what may be asked for."""
    key = _text(source, _LONGEST_NAME, "key")
    kind = _kind(source)
    if kind == _STRING:
        length = _count(source)
        if length <= _LONGEST_STRING:
            values[key] = source.take(length).decode("utf-8", errors="replace")
        else:
            source.skip(length)
    elif kind == _ARRAY:
        kept, lengths[key] = _array(source, key)
        if kept:
            values[key] = kept
    else:
        values[key] = source.unpack(_form(source, kind, key))[0]


def _array(source: Source, key: str) -> tuple[tuple[int | float | bool, ...], int]:
    """Read an array; return its numbers, if it is a short one of numbers, and its length."""
    kind, count = _kind(source), _count(source)
    _limit(source, count, _MOST_ENTRIES, f"entries of the key {key!r}")
    if kind == _STRING:
        source.skip_strings(count)
        return (), count
    form = _form(source, kind, key)
    source.hold(count, form.size)
    if count > _LONGEST_ARRAY:
        source.skip(count * form.size)
        return (), count
    return source.unpack(struct.Struct(f"<{count}{form.format[1:]}")), count


def _tensor(source: Source) -> Tensor:
    name = _text(source, _LONGEST_NAME, "tensor's name")
    axes = _kind(source)
    _limit(source, axes, _MOST_AXES, "dimensions of a tensor")
    shape = tuple(_count(source) for _ in range(axes))
    if any(length >> 48 for length in shape):
        raise _damaged(source, f"the tensor {name!r} has the shape {shape}")
    return Tensor(name, shape, _kind(source), _count(source))


def _text(source: Source, longest: int, what: str) -> str:
    length = _count(source)
    _limit(source, length, longest, f"bytes of a {what}")
    return source.take(length).decode("utf-8", errors="replace")


def _count(source: Source) -> int:
    return int(source.unpack(_COUNT)[0])


def _kind(source: Source) -> int:
    return int(source.unpack(_KIND)[0])


def _form(source: Source, kind: int, key: str) -> struct.Struct:
    form = _NUMBERS.get(kind)
    if form is None:
        raise _damaged(source, f"the key {key!r} has a value of type {kind}, which no GGUF file has")
    return form


def _limit(source: Source, count: int, most: int, what: str) -> None:
    if count > most:
        raise _damaged(source, f"the header speaks of {count} {what}")


def _aligned(position: int, values: dict[str, Value]) -> int:
    """Return where the data begin after a header that ends at `position`."""
    alignment = values.get("general.alignment", _ALIGNMENT)
    step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else _ALIGNMENT
    return -(-position // step) * step


def _expect_whole(tensors: tuple[Tensor, ...], data: int, place: str) -> None:
    """Refuse a file that ends before its tensors do."""
    last = max(tensors, key=lambda tensor: tensor.offset + tensor.size, default=None)
    if last is not None and last.offset + last.size > data:
        raise Refusal(
            place,
            f"the tensor {last.name!r} ends {last.offset + last.size - data} bytes after the file",
            id="gguf-truncated",
            expected="a whole GGUF file",
            remedy="it is damaged or was cut off: look at its source",
        )


def _damaged(source: Source, found: str) -> Refusal:
    return Refusal(
        source.place,
        f"{found}, at byte {source.position}",
        id="gguf-malformed",
        expected="a GGUF file as its makers describe it",
        remedy="it is damaged or no model: look at its source",
    )
